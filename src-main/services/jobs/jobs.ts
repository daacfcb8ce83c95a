// Work that takes its time, as jobs: started, watched, cancelled. They belong to this process.
import { randomUUID } from 'node:crypto';
import { EventEmitter, on } from 'node:events';
import { LabError, serializeError, toLabError, type Job, type Progress } from '#contract';

export type Watch = { signal: AbortSignal; onProgress(progress: Progress): void };
type Entry<Kind extends string, Result> = { job: Job<Kind, Result>; abort: AbortController; ended: Promise<void> };

/** So many ended jobs are remembered. */
const remembered = 50;
const tellEveryMs = 100;

/** Takes progress into a job, with rate and time left over the stage. */
function createMeter(): (progress: Progress) => Pick<Job<string, unknown>, 'progress' | 'perSecond' | 'secondsLeft'> {
  let begun: { stage: string; at: number; from: number; last: number } | null = null;
  return (progress) => {
    const now = performance.now();
    if (begun?.stage !== progress.stage || progress.done < begun.last) begun = { stage: progress.stage, at: now, from: progress.done, last: progress.done };
    begun.last = progress.done;
    const seconds = (now - begun.at) / 1000;
    const perSecond = seconds > 0.2 ? (progress.done - begun.from) / seconds : null;
    return { progress, perSecond, secondsLeft: perSecond && progress.total !== null ? (progress.total - progress.done) / perSecond : null };
  };
}

export class JobList<Kind extends string, Result> {
  readonly #entries = new Map<string, Entry<Kind, Result>>();
  readonly #events = new EventEmitter().setMaxListeners(0);
  #telling: NodeJS.Timeout | null = null;

  /** All jobs, oldest first. */
  list(): Job<Kind, Result>[] {
    return [...this.#entries.values()].map(({ job }) => ({ ...job }));
  }

  /** Asks a job to end; what was downloaded is kept for the next try. @throws LabError NOT_FOUND */
  cancel(id: string): Job<Kind, Result> {
    const entry = this.#entries.get(id);
    if (!entry) throw new LabError('NOT_FOUND', `There is no job ${id}; it may have been forgotten after its end.`);
    entry.abort.abort();
    return { ...entry.job };
  }

  /** Forgets a job that has ended. @throws LabError CONFLICT while it runs */
  dismiss(id: string): void {
    if (this.#entries.get(id)?.job.state === 'running') throw new LabError('CONFLICT', 'This is still running; cancel it first.');
    this.#entries.delete(id);
    this.#tell(true);
  }

  /** Forgets the ended jobs of a kind under a name. @throws LabError CONFLICT while one runs */
  forget(kind: Kind, name: string): void {
    const found = [...this.#entries.values()].filter(({ job }) => job.kind === kind && job.name === name);
    if (found.some(({ job }) => job.state === 'running')) throw new LabError('CONFLICT', `'${name}' is under way; cancel that first.`);
    for (const { job } of found) this.#entries.delete(job.id);
    this.#tell(true);
  }

  /** The list at once, then after every change, at most ten times a second. */
  async *watch(signal: AbortSignal): AsyncGenerator<Job<Kind, Result>[]> {
    const changes = on(this.#events, 'change', { signal });
    try {
      yield this.list();
      while (!(await changes.next()).done) yield this.list();
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** Cancels all jobs and waits for their end. */
  async close(): Promise<void> {
    for (const { abort } of this.#entries.values()) abort.abort();
    await Promise.all([...this.#entries.values()].map(({ ended }) => ended));
    if (this.#telling) clearTimeout(this.#telling);
  }

  /** Tells watchers: an end at once, progress a moment later, so that the last of a burst is told too. */
  #tell(atOnce: boolean): void {
    if (atOnce) this.#events.emit('change');
    else this.#telling ??= setTimeout(() => {
      this.#telling = null;
      this.#events.emit('change');
    }, tellEveryMs).unref();
  }

  /** Starts work under a name; one that runs already under it is given back instead of a second. */
  start(kind: Kind, name: string, work: (watch: Watch) => Promise<Result>): Job<Kind, Result> {
    const twin = this.list().find((job) => job.kind === kind && job.name === name && job.state === 'running');
    if (twin) return twin;
    const job: Job<Kind, Result> = { id: randomUUID(), kind, name, state: 'running', progress: null, perSecond: null, secondsLeft: null, error: null, result: null };
    const abort = new AbortController();
    const meter = createMeter();
    const change = (changes: Partial<Job<Kind, Result>>, ended: boolean) => {
      Object.assign(job, changes);
      this.#tell(ended);
    };
    const ended = work({ signal: abort.signal, onProgress: (progress) => change(meter(progress), false) }).then(
      (result) => change({ state: 'done', secondsLeft: 0, result }, true),
      (error: unknown) => change(abort.signal.aborted || toLabError(error).code === 'CANCELLED' ? { state: 'cancelled' } : { state: 'failed', error: serializeError(error) }, true),
    );
    this.#entries.set(job.id, { job, abort, ended });
    for (const [id, entry] of this.#entries) if (this.#entries.size > remembered && entry.job.state !== 'running') this.#entries.delete(id);
    this.#tell(true);
    return { ...job };
  }
}
