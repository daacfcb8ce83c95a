// What the engines page says of an engine and of the benchmark: states, sizes, times, a report to paste.
import type { Benchmark, BenchmarkRow, EngineJob } from '#contract';
import type { Outputs } from '../../client/client.ts';
import { significant, size } from '../../elements/format.ts';

export type Overview = Outputs['engines']['overview'];
export type Row = Overview['rows'][number];
export type Installable = keyof Overview['sizes'];
export type EngineState = 'In use' | 'Ready' | 'Installing' | 'Not installed' | 'Not usable';

/** Whether an engine can be installed on the system that VSGD Lab runs on. */
export const isInstallable = (name: string, { platform, sizes }: Overview): name is Installable => name in sizes && (name === 'tensorflow' ? platform !== 'win32' : platform === 'linux');

/** The newest installation of an engine. */
export const installOf = (jobs: readonly EngineJob[], name: string): EngineJob | undefined => jobs.findLast((job) => job.kind === 'install' && job.name === name);

export function stateOf({ name, usable, chosen, installed }: Row, job: EngineJob | undefined): EngineState {
  if (job?.state === 'running') return 'Installing';
  if (usable) return chosen ? 'In use' : 'Ready';
  return name.startsWith('tensorflow') && installed === null ? 'Not installed' : 'Not usable';
}

const stages: Record<string, string> = { download: 'Downloading', verify: 'Comparing digests', unpack: 'Unpacking', build: 'Building the binding', check: 'Trying it', measure: 'Measuring' };

/** What a job does now, in words: the stage, and how far it is. */
export function describeProgress({ progress }: EngineJob): string {
  if (progress === null) return 'Begins';
  const { stage, done, total, unit } = progress;
  const amount = unit === 'bytes' ? `${size(done)}${total === null ? '' : ` of ${size(total)}`}` : total === null ? '' : `${done} of ${total}`;
  return `${stages[stage] ?? stage}${amount === '' || done === 0 ? '' : `, ${amount}`}`;
}

/** 8.1 ms, 1.21 s. */
export const stepTime = (ms: number): string => (ms >= 1000 ? `${(ms / 1000).toPrecision(3)} s` : `${ms.toPrecision(ms >= 100 ? 3 : 2)} ms`);

export type BenchLine = { label: string; cells: { engine: string; row: BenchmarkRow | null; factor: number | null }[]; best: number | null };

/** The benchmark as a table: a line for each model, a cell for each engine; `factor`: how many times slower than the best. */
export function benchTable({ rows }: Benchmark): { engines: string[]; lines: BenchLine[] } {
  const engines = [...new Set(rows.map(({ engine }) => engine))];
  const lines = [...new Set(rows.map(({ label }) => label))].map((label): BenchLine => {
    const own = rows.filter((row) => row.label === label);
    const times = own.flatMap(({ msPerStep }) => (msPerStep === null ? [] : [msPerStep]));
    const best = times.length > 0 ? Math.min(...times) : null;
    return { label, best, cells: engines.map((engine) => {
      const row = own.find((one) => one.engine === engine) ?? null;
      return { engine, row, factor: row?.msPerStep && best ? row.msPerStep / best : null };
    }) };
  });
  return { engines, lines };
}

/** The page as text, for a report of a fault. */
export function report({ rows, benchmark }: Overview): string {
  const engines = rows.map((row) => `${row.name}: ${row.chosen ? 'chosen' : row.usable ? 'usable' : 'not usable'}; ${row.device ?? 'no device'}; ${row.installed ? `version ${row.installed.version}; ` : ''}${row.reason}`);
  const measured = benchmark?.rows.map(({ engine, label, imagesPerSecond, reason }) => `${label}, ${engine}: ${imagesPerSecond === null ? reason : `${significant(imagesPerSecond)} images/s`}`) ?? [];
  return [...engines, ...(benchmark ? ['', `Benchmark of ${benchmark.at}, batch ${benchmark.batch}, ${benchmark.cpu}, ${benchmark.cores} cores`, ...measured] : [])].join('\n');
}
