// What training remembers besides tensors, as text in a checkpoint's metadata and back, checked.
import { LabError, decodeMetric, encodeMetric, type MetricValue } from '#contract';
import type { StoredFile } from './safetensors.ts';

export type Progress = {
  /** Iterations trained. */
  step: number;
  /** Iterations whose update was skipped. */
  skipped: number;
  /** Iterations in a row whose training loss was NaN. */
  lost: number;
  /** Sum and number of the losses of the epoch under way. */
  epochLoss: { sum: number; count: number };
  best: { metric: string; value: number; step: number } | null;
  /** Values of an iteration that is trained but not logged yet: its evaluation on the test split was interrupted. */
  unfinished: Record<string, number> | null;
};

export const createProgress = (): Progress => ({ step: 0, skipped: 0, lost: 0, epochLoss: { sum: 0, count: 0 }, best: null, unfinished: null });

const mapValues = <A, B>(record: Record<string, A>, map: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));

export const encodeProgress = (progress: Progress): string =>
  JSON.stringify({ ...progress, unfinished: progress.unfinished && mapValues(progress.unfinished, encodeMetric) });

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** A JSON value out of a checkpoint's metadata. @throws LabError CHECKPOINT_DAMAGED where it is missing or not what `isRight` wants */
export function readMetadata<T>(file: StoredFile, key: string, { path, isRight }: { path: string; isRight(value: T): boolean }): T {
  try {
    const value = JSON.parse((Object.hasOwn(file.metadata, key) && file.metadata[key]) || '') as T;
    if (isRight(value)) return value;
  } catch {
    // Told below, together with values that are no good.
  }
  throw new LabError('CHECKPOINT_DAMAGED', `${path} lacks what training needs to go on: '${key}' is missing or not valid. Use another checkpoint of the run.`, { place: { file: path, key } });
}

type Stored = Omit<Progress, 'unfinished'> & { unfinished: Record<string, MetricValue> | null };

function isStored(value: Stored): boolean {
  const { step, skipped, lost, epochLoss, best, unfinished } = value;
  const numbers = (values: object) => Object.values(values).every((each) => typeof each === 'number' || typeof each === 'string');
  return [step, skipped, lost, epochLoss.count].every(isCount) && typeof epochLoss.sum === 'number'
    && (best === null || (typeof best.metric === 'string' && typeof best.value === 'number' && isCount(best.step)))
    && (unfinished === null || (typeof unfinished === 'object' && numbers(unfinished)));
}

/** @throws LabError CHECKPOINT_DAMAGED */
export function decodeProgress(file: StoredFile, path: string): Progress {
  const { step, skipped, lost, epochLoss: { sum, count }, best, unfinished } = readMetadata<Stored>(file, 'progress', { path, isRight: isStored });
  return { step, skipped, lost, epochLoss: { sum, count }, best, unfinished: unfinished && mapValues(unfinished, decodeMetric) };
}

/** State of a schedule: names it knows itself, plain numbers. @throws LabError CHECKPOINT_DAMAGED */
export function decodeSchedule(file: StoredFile, path: string): Record<string, number> {
  const isRight = (value: Record<string, number>) => typeof value === 'object' && value !== null && !Object.hasOwn(value, '__proto__') && Object.values(value).every(Number.isFinite);
  return readMetadata<Record<string, number>>(file, 'schedule', { path, isRight });
}

/** Steps the optimizer has taken. @throws LabError CHECKPOINT_DAMAGED */
export const decodeOptimizerSteps = (file: StoredFile, path: string): number => readMetadata<number>(file, 'optimizer_t', { path, isRight: isCount });
