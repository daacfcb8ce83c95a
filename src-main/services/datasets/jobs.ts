// Installations, imports and checks of data sets as jobs: started, watched, cancelled. They belong to this process.
import { randomUUID } from 'node:crypto';
import { EventEmitter, on } from 'node:events';
import { LabError, serializeError, toLabError, type DatasetJob, type DatasetManifest, type Progress } from '#contract';
import { importDataset, installDataset, verifyDataset, type SkippedFile } from '#datasets';
import type { Lab } from '../lab.ts';
import { Uploads } from './uploads.ts';

export type ImportInput = { path: string; name?: string; xDim?: number; acceptDigest?: boolean };
type Outcome = { manifest: DatasetManifest; skipped: SkippedFile[] };
type Watch = { signal: AbortSignal; onProgress(progress: Progress): void };
type Entry = { job: DatasetJob; abort: AbortController; ended: Promise<void> };

/** So many ended jobs are remembered. */
const remembered = 50;
const tellEveryMs = 100;

/** Takes progress into a job, with rate and time left over the stage. */
function createMeter(): (progress: Progress) => Pick<DatasetJob, 'progress' | 'perSecond' | 'secondsLeft'> {
  let begun: { stage: string; at: number; from: number } | null = null;
  return (progress) => {
    const now = performance.now();
    if (begun?.stage !== progress.stage) begun = { stage: progress.stage, at: now, from: progress.done };
    const seconds = (now - begun.at) / 1000;
    const perSecond = seconds > 0.2 ? (progress.done - begun.from) / seconds : null;
    return { progress, perSecond, secondsLeft: perSecond && progress.total !== null ? (progress.total - progress.done) / perSecond : null };
  };
}

export class DatasetJobs {
  readonly #lab: Lab;
  readonly #entries = new Map<string, Entry>();
  readonly uploads: Uploads;
  readonly #events = new EventEmitter().setMaxListeners(0);

  constructor(lab: Lab) {
    this.#lab = lab;
    this.uploads = new Uploads(lab);
  }

  /** Downloads or generates a data set of the catalogue; the mirror of the settings unless another is given. */
  install({ name, mirror, acceptDigest }: { name: string; mirror?: string; acceptDigest?: boolean }): DatasetJob {
    const { home, settings } = this.#lab;
    return this.#start('install', name, async (watch) => ({ manifest: await installDataset({ root: home.datasets, downloads: home.downloads, name, mirror: mirror ?? settings.mirror, acceptDigest, ...watch }), skipped: [] }));
  }

  /** Installs from an archive or a folder on this computer's disk. */
  import(input: ImportInput): DatasetJob {
    return this.#start('import', input.path, (watch) => importDataset({ root: this.#lab.home.datasets, ...input, ...watch }));
  }

  /** Installs from a file that came in from the page, which is thrown away then. @throws LabError CONFLICT where it is not whole */
  async importUpload(id: string, options: Omit<ImportInput, 'path'>): Promise<DatasetJob> {
    const { name, file, discard } = await this.uploads.finish(id);
    return this.#start('import', name, (watch) => importDataset({ root: this.#lab.home.datasets, path: file, ...options, ...watch }).finally(discard));
  }

  /** Reads every byte of an installed data set and compares. */
  verify(name: string): DatasetJob {
    return this.#start('verify', name, async (watch) => ({ manifest: await verifyDataset(this.#lab.home.datasets, name, watch), skipped: [] }));
  }

  /** All jobs, oldest first. */
  list(): DatasetJob[] {
    return [...this.#entries.values()].map(({ job }) => ({ ...job }));
  }

  /** Asks a job to end; what was downloaded is kept for the next try. @throws LabError NOT_FOUND */
  cancel(id: string): DatasetJob {
    const entry = this.#entries.get(id);
    if (!entry) throw new LabError('NOT_FOUND', `There is no job ${id}; it may have been forgotten after its end.`);
    entry.abort.abort();
    return { ...entry.job };
  }

  /** The list at once, then after every change, at most ten times a second. */
  async *watch(signal: AbortSignal): AsyncGenerator<DatasetJob[]> {
    const changes = on(this.#events, 'change', { signal });
    let told = -Infinity;
    try {
      yield this.list();
      for await (const [ended] of changes as AsyncIterable<[boolean]>) {
        if (!ended && performance.now() - told < tellEveryMs) continue;
        told = performance.now();
        yield this.list();
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** Cancels all jobs and waits for their end. */
  async close(): Promise<void> {
    for (const { abort } of this.#entries.values()) abort.abort();
    await Promise.all([...[...this.#entries.values()].map(({ ended }) => ended), this.uploads.close()]);
  }

  #start(kind: DatasetJob['kind'], name: string, work: (watch: Watch) => Promise<Outcome>): DatasetJob {
    const twin = this.list().find((job) => job.kind === kind && job.name === name && job.state === 'running');
    if (twin) return twin;
    const job: DatasetJob = { id: randomUUID(), kind, name, state: 'running', progress: null, perSecond: null, secondsLeft: null, error: null, result: null };
    const abort = new AbortController();
    const meter = createMeter();
    const change = (changes: Partial<DatasetJob>, ended: boolean) => {
      Object.assign(job, changes);
      this.#events.emit('change', ended);
    };
    const ended = work({ signal: abort.signal, onProgress: (progress) => change(meter(progress), false) }).then(
      ({ manifest, skipped }) => change({ state: 'done', secondsLeft: 0, result: { name: manifest.name, fingerprint: manifest.fingerprint, skipped: skipped.slice(0, 100) } }, true),
      (error: unknown) => change(abort.signal.aborted || toLabError(error).code === 'CANCELLED' ? { state: 'cancelled' } : { state: 'failed', error: serializeError(error) }, true),
    );
    this.#entries.set(job.id, { job, abort, ended });
    for (const [id, entry] of this.#entries) if (this.#entries.size > remembered && entry.job.state !== 'running') this.#entries.delete(id);
    this.#events.emit('change', true);
    return { ...job };
  }
}
