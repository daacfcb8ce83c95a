// Turns the results of bench:train into one markdown table: milliseconds, pictures per second, how much faster than PyTorch, share of the peak.
import { spreadOf, type Result } from './rounds.ts';

/** All results of one model at one batch size. */
export type Measured = { title: string; batch: number; results: Result[] };

const rounded = (value: number) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

/** The contestant that the others are compared with. */
export const yardstick = 'PyTorch eager, VSGD';

const header = ['model, batch', 'GFLOP per step', 'engine or peer', 'ms per step: median (min to max)', 'pictures/s', 'against PyTorch VSGD', 'GFLOPS', 'of the peak'];

/** Whether a contestant came to its end with numbers. */
export const hasTimes = ({ times, error }: Result): boolean => Boolean(times?.length) && !error;

function cellsOf({ times = [], error }: Result, { batch, base, flops, peak }: { batch: number; base: number | null; flops: number; peak: number }): string[] {
  if (times.length === 0 || error) return [`none: ${(error ?? 'no times').replaceAll('|', '/').slice(0, 240)}`, '', '', '', ''];
  const { median, min, max } = spreadOf(times);
  const gflops = flops / median / 1e6;
  return [
    `${rounded(median)} (${rounded(min)} to ${rounded(max)})`, rounded((1000 * batch) / median), base === null ? '' : `${(base / median).toFixed(2)} ×`,
    ...(flops === 0 ? ['', ''] : [rounded(gflops), peak === 0 ? '' : `${((100 * gflops) / peak).toFixed(0)} %`]),
  ];
}

function rowsOf({ title, batch, results }: Measured, peak: number): string[][] {
  const reference = results.find((result) => result.name === yardstick && hasTimes(result));
  const base = reference?.times ? spreadOf(reference.times).median : null;
  const flops = results.find(({ about }) => about?.flops)?.about?.flops ?? 0;
  const step = flops === 0 ? '' : rounded(flops / 1e9);
  return results.map((result) => [`${title}, ${batch}`, step, result.name, ...cellsOf(result, { batch, base, flops, peak })]);
}

const line = (cells: string[]) => `| ${cells.join(' | ')} |`;

/** A row for each contestant on each model; the peak is the best product of matrices that any contestant of the whole run reached. */
export const tableOf = (measured: Measured[], peak: number): string => [line(header), line(header.map(() => '---')), ...measured.flatMap((one) => rowsOf(one, peak)).map(line), ''].join('\n');

/** The fastest product of matrices over all results, in GFLOPS. */
export const peakOf = (measured: Measured[]): number => Math.max(...measured.flatMap(({ results }) => results.map(({ gflops }) => gflops ?? 0)), 0);
