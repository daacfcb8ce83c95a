// Turns the results of bench:train into a markdown table: milliseconds, pictures per second, how much faster than PyTorch, share of the peak.
import { spreadOf, type Result } from './rounds.ts';

/** All results of one model at one batch size. */
export type Measured = { title: string; batch: number; results: Result[] };

const rounded = (value: number) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

/** The contestant that the others are compared with. */
export const yardstick = 'PyTorch eager, VSGD';

const header = ['engine or peer', 'ms per step: median (min to max)', 'pictures/s', 'against PyTorch VSGD', 'GFLOPS', 'of the peak'];

function row(result: Result, { batch, base, flops, peak }: { batch: number; base: number | null; flops: number; peak: number }): string[] {
  if (!result.times?.length || result.error) return [result.name, `none: ${(result.error ?? 'no times').replaceAll('|', '/').slice(0, 160)}`, '', '', '', ''];
  const { median, min, max } = spreadOf(result.times);
  const gflops = flops / median / 1e6;
  return [
    result.name, `${rounded(median)} (${rounded(min)} to ${rounded(max)})`, rounded((1000 * batch) / median),
    base === null ? '' : `${(base / median).toFixed(2)} ×`, rounded(gflops), `${((100 * gflops) / peak).toFixed(0)} %`,
  ];
}

const line = (cells: string[]) => `| ${cells.join(' | ')} |`;

/** One model's table; the peak is the best product of matrices that any contestant of the whole run reached. */
export function markdownOf({ title, batch, results }: Measured, peak: number): string {
  const reference = results.find(({ name, times, error }) => name === yardstick && times?.length && !error);
  const base = reference?.times ? spreadOf(reference.times).median : null;
  const flops = results.find(({ about }) => about?.flops)?.about?.flops ?? 0;
  const rows = results.map((result) => row(result, { batch, base, flops, peak }));
  return [`### ${title}, batch ${batch}`, '', `${(flops / 1e9).toFixed(1)} GFLOP per step.`, '', line(header), line(header.map(() => '---')), ...rows.map(line), ''].join('\n');
}

/** The fastest product of matrices over all results, in GFLOPS. */
export const peakOf = (measured: Measured[]): number => Math.max(...measured.flatMap(({ results }) => results.map(({ gflops }) => gflops ?? 0)), 0);
