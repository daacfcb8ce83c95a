// Installations, imports and checks of data sets as jobs.
import { LabError, toLabError, type DatasetJob, type DatasetManifest, type SkippedFile } from '#contract';
import { importDataset, installDataset, verifyDataset } from '#datasets';
import { JobList, type Watch } from '../jobs/jobs.ts';
import type { Lab } from '../lab.ts';
import { discardDownload } from './disk.ts';
import { unpackFolder } from './sentFolder.ts';
import { Uploads } from './uploads.ts';

export type ImportInput = { path: string; name?: string; xDim?: number; acceptDigest?: boolean };
type Outcome = { manifest: DatasetManifest; skipped: SkippedFile[] };

/** An error that speaks of what was chosen in the page, and not of where it lay meanwhile. */
function sayAs(error: unknown, path: string, title: string): LabError {
  const { code, message } = toLabError(error);
  return new LabError(code, message.replaceAll(path, title), { cause: error });
}

export class DatasetJobs {
  readonly #lab: Lab;
  readonly #jobs = new JobList<DatasetJob['kind'], NonNullable<DatasetJob['result']>>();
  readonly uploads: Uploads;

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
  async importUpload(id: string, { folder = false, ...options }: Omit<ImportInput, 'path'> & { folder?: boolean }): Promise<DatasetJob> {
    const { name, file, discard } = await this.uploads.finish(id);
    const title = folder ? name.replace(/\.tar$/, '') : name;
    const take = (path: string, watch: Watch, origin?: string) => importDataset({ root: this.#lab.home.datasets, path, origin, ...options, ...watch }).catch((error: unknown) => { throw sayAs(error, path, title); });
    if (!folder) return this.#start('import', title, (watch) => take(file, watch).finally(discard));
    return this.#start('import', title, async (watch) => {
      const unpacked = await unpackFolder(file).finally(discard);
      return take(unpacked.path, watch, `the folder ${title}, sent by the page`).finally(unpacked.discard);
    });
  }

  /** Deletes what has arrived of a download, and forgets that it was begun. @throws LabError NOT_FOUND, CONFLICT while it is under way */
  discard(name: string): string {
    this.#jobs.forget('install', name);
    discardDownload(this.#lab, name);
    return name;
  }

  /** Reads every byte of an installed data set and compares. */
  verify(name: string): DatasetJob {
    return this.#start('verify', name, async (watch) => ({ manifest: await verifyDataset(this.#lab.home.datasets, name, watch), skipped: [] }));
  }

  list = (): DatasetJob[] => this.#jobs.list();
  cancel = (id: string): DatasetJob => this.#jobs.cancel(id);
  watch = (signal: AbortSignal): AsyncGenerator<DatasetJob[]> => this.#jobs.watch(signal);

  /** Cancels all jobs and waits for their end. */
  async close(): Promise<void> {
    await Promise.all([this.#jobs.close(), this.uploads.close()]);
  }

  #start(kind: DatasetJob['kind'], name: string, work: (watch: Watch) => Promise<Outcome>): DatasetJob {
    return this.#jobs.start(kind, name, async (watch) => {
      const { manifest, skipped } = await work(watch);
      return { name: manifest.name, fingerprint: manifest.fingerprint, skipped: skipped.slice(0, 100) };
    });
  }
}
