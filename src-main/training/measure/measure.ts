// Measures every usable engine on every model family, each pair in a child process of its own, one after the other.
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { LabError, type BenchmarkRow, type Progress } from '#contract';
import { listEngines } from '../engines/choose.ts';
import { runChild } from '../engines/probing/runChild.ts';
import { batchSize, measureCases, type MeasureCase } from './cases.ts';

const program = fileURLToPath(new URL('./child.ts', import.meta.url));
const answerSchema = z.object({ msPerStep: z.number().positive(), steps: z.int() });

/** `models` and `budgetMs` (of one pair's steps) are smaller in tests. */
export type MeasureOptions = { engines: string | null; models?: readonly string[]; budgetMs?: number; maxSteps?: number; timeoutMs?: number; signal?: AbortSignal; onProgress?: (progress: Progress) => void };

/** The families of these names, or all. */
function casesOf(models: readonly string[] | undefined): readonly MeasureCase[] {
  if (models === undefined) return measureCases;
  const names = measureCases.map(({ name }) => name);
  const unknown = models.filter((name) => !names.includes(name));
  if (unknown.length === 0) return measureCases.filter(({ name }) => models.includes(name));
  throw new LabError('USAGE', `There is no model ${unknown.map((name) => `'${name}'`).join(', ')} to measure. There are ${names.join(', ')}.`, { place: { key: 'model' } });
}

/**
 * Images per second of training steps, engine by engine; a pair that fails has its reason in place of numbers.
 * @throws LabError CANCELLED; USAGE for a model that is not there
 */
export async function measureEngines({ engines, models, budgetMs = 4000, maxSteps = 60, timeoutMs = 180_000, signal, onProgress }: MeasureOptions): Promise<BenchmarkRow[]> {
  const subjects = casesOf(models);
  const usable = (await listEngines({ engines })).filter(({ usable: works, playsGpu, name }) => works && !playsGpu && name !== 'cpu');
  const rows: BenchmarkRow[] = [];
  // All engines on one model before the next: what else the computer does meets them alike.
  for (const subject of subjects) {
    for (const { name, label } of usable) {
      onProgress?.({ stage: 'measure', done: rows.length, total: usable.length * subjects.length, unit: 'steps', detail: `${label}: ${subject.label}` });
      const outcome = await runChild({ program, request: { engine: name, model: subject.name, engines, budgetMs, maxSteps }, timeoutMs, signal });
      const parsed = 'answer' in outcome ? answerSchema.safeParse(outcome.answer) : null;
      const row = { engine: name, model: subject.name, label: subject.label };
      if (parsed?.success) rows.push({ ...row, msPerStep: parsed.data.msPerStep, imagesPerSecond: (1000 * batchSize) / parsed.data.msPerStep, reason: null });
      else rows.push({ ...row, msPerStep: null, imagesPerSecond: null, reason: 'failure' in outcome ? outcome.failure : 'It gave no numbers.' });
    }
  }
  return rows;
}
