// Work that takes its time, as the app follows it.
import type { SerializedError } from '../errors.ts';

/** Progress of a download or installation; `detail`: which file, or what a tool says. */
export type Progress = { stage: 'download' | 'verify' | 'inspect' | 'unpack' | 'generate' | 'build' | 'check' | 'measure'; done: number; total: number | null; unit: 'bytes' | 'images' | 'steps'; detail?: string };

/** A job under way, or how it ended. `name`: what it works on. */
export type Job<Kind extends string, Result> = {
  id: string;
  kind: Kind;
  name: string;
  state: 'running' | 'done' | 'failed' | 'cancelled';
  progress: Progress | null;
  /** Units of the progress per second, over this stage. */
  perSecond: number | null;
  secondsLeft: number | null;
  error: SerializedError | null;
  result: Result | null;
};
