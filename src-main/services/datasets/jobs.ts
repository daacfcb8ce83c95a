// Installations, inspections, imports and checks of data sets as jobs.
import { LabError, toLabError, type DatasetJob, type DatasetManifest, type DatasetOutcome, type SkippedFile } from '#contract';
import { importDataset, inspectDataset, installDataset, verifyDataset } from '#datasets';
import { JobList, type Watch } from '../jobs/jobs.ts';
import type { Lab } from '../lab.ts';
import { discardDownload } from './disk.ts';
import { groupSent } from './sentFiles.ts';
import { unpackFolder } from './sentFolder.ts';
import { Uploads } from './uploads.ts';

/** `confirmed`: import what an inspection doubts, an archive with another digest included. */
export type ImportSettings = { name?: string; xDim?: number; holdOut?: number; confirmed?: boolean };
export type ImportInput = ImportSettings & { path: string; acceptDigest?: boolean };

/** What an inspection looked at, until it is imported or dismissed. `place`: what a message must not name. */
type Inspected = { title: string; path: string; place: string; origin?: string; discard(): void };

const keptLeftOut = 1000;

/** An error that speaks of what was chosen in the page, and not of where it is stored meanwhile. */
function sayAs(error: unknown, { path, place, title }: Inspected): LabError {
  const { code, message } = toLabError(error);
  return new LabError(code, message.replaceAll(path, title).replaceAll(place, title), { cause: error });
}

const outcomeOf = ({ name, fingerprint }: DatasetManifest, skipped: SkippedFile[] = []): DatasetOutcome => ({ name, fingerprint, skipped: skipped.slice(0, keptLeftOut) });

export class DatasetJobs {
  readonly #lab: Lab;
  readonly #jobs = new JobList<DatasetJob['kind'], DatasetOutcome>();
  readonly #inspected = new Map<string, Inspected>();
  readonly uploads: Uploads;

  constructor(lab: Lab) {
    this.#lab = lab;
    this.uploads = new Uploads(lab);
  }

  /** Downloads or generates a data set of the catalogue; the mirror of the settings unless another is given. */
  install({ name, mirror, acceptDigest }: { name: string; mirror?: string; acceptDigest?: boolean }): DatasetJob {
    const { home, settings } = this.#lab;
    return this.#jobs.start('install', name, async (watch) => outcomeOf(await installDataset({ root: home.datasets, downloads: home.downloads, name, mirror: mirror ?? settings.mirror, acceptDigest, ...watch })));
  }

  /** Installs from an archive or a folder on this computer's disk, without an inspection first. */
  import(input: ImportInput): DatasetJob {
    return this.#jobs.start('import', input.path, async (watch) => {
      const { manifest, skipped } = await importDataset({ root: this.#lab.home.datasets, ...input, ...watch });
      return outcomeOf(manifest, skipped);
    });
  }

  /** Inspects a file or folder on this computer's disk; its job's outcome is what an import would install. */
  inspect(path: string): DatasetJob {
    return this.#inspect({ title: path, path, place: path, discard: () => {} });
  }

  /** Inspects files that came in from the page, those of MNIST as one; `folder`: the file is a folder as a tar. @throws LabError CONFLICT where one is not whole */
  async inspectUploads(ids: string[], { folder = false }: { folder?: boolean } = {}): Promise<DatasetJob[]> {
    const files = [];
    for (const id of ids) files.push(await this.uploads.finish(id));
    if (!folder) return groupSent(files).map((sent) => this.#inspect(sent));
    return files.map(({ name, file, discard }) => {
      const title = name.replace(/\.tar$/, '');
      const unpacked = { title, path: file, place: file, origin: `the folder ${title}, sent by the page`, discard };
      return this.#inspect(unpacked, async () => {
        const { path, discard: discardFolder } = await unpackFolder(file).finally(discard);
        Object.assign(unpacked, { path, place: path, discard: discardFolder });
      });
    });
  }

  /** Installs what a finished inspection found, with these settings. @throws LabError NOT_FOUND where the inspection was dismissed */
  importInspected(id: string, { confirmed, ...settings }: ImportSettings): DatasetJob {
    const found = this.#inspected.get(id);
    const result = this.#jobs.list().find((job) => job.id === id)?.result;
    if (!found || !result?.inspection) throw new LabError('NOT_FOUND', 'This inspection is not available any more. Choose the file or folder again.');
    const { inspection } = result;
    if (inspection.doubts.length > 0 && !confirmed) throw new LabError('USAGE', `${found.title} needs an explicit confirmation. ${inspection.doubts.join(' ')}`);
    this.#inspected.delete(id);
    this.#jobs.dismiss(id);
    const { title, path, origin, discard } = found;
    return this.#jobs.start('import', title, async (watch) => {
      try {
        const { manifest, skipped } = await importDataset({ root: this.#lab.home.datasets, path, origin, ...settings, confirmed, acceptDigest: confirmed, ...watch });
        return outcomeOf(manifest, skipped);
      } catch (error) {
        throw sayAs(error, found);
      } finally {
        discard();
      }
    });
  }

  /** Forgets a job that has ended, with the files it inspected. @throws LabError CONFLICT while it runs */
  dismiss(id: string): string {
    this.#jobs.dismiss(id);
    this.#discardForgotten();
    return id;
  }

  /** Deletes what has arrived of a download, and forgets that it was begun. @throws LabError NOT_FOUND, CONFLICT while it is under way */
  discard(name: string): string {
    this.#jobs.forget('install', name);
    discardDownload(this.#lab, name);
    return name;
  }

  /** Reads every byte of an installed data set and compares. */
  verify(name: string): DatasetJob {
    return this.#jobs.start('verify', name, async (watch) => outcomeOf(await verifyDataset(this.#lab.home.datasets, name, watch)));
  }

  list = (): DatasetJob[] => this.#jobs.list();
  cancel = (id: string): DatasetJob => this.#jobs.cancel(id);
  watch = (signal: AbortSignal): AsyncGenerator<DatasetJob[]> => this.#jobs.watch(signal);

  /** Cancels all jobs, waits for their end and deletes what was sent for inspection. */
  async close(): Promise<void> {
    await Promise.all([this.#jobs.close(), this.uploads.close()]);
    for (const { discard } of this.#inspected.values()) discard();
    this.#inspected.clear();
  }

  #inspect(inspected: Inspected, prepare: () => Promise<void> = async () => {}): DatasetJob {
    const job = this.#jobs.start('inspect', inspected.title, async (watch: Watch) => {
      try {
        await prepare();
        const inspection = await inspectDataset({ root: this.#lab.home.datasets, path: inspected.path, ...watch });
        return { name: inspection.name, fingerprint: null, skipped: [], inspection: { ...inspection, skipped: inspection.skipped.slice(0, keptLeftOut) } };
      } catch (error) {
        inspected.discard();
        throw sayAs(error, inspected);
      }
    });
    this.#discardForgotten();
    // A job of the same title that runs already is given back instead: then its files are the ones to keep.
    if (this.#inspected.has(job.id)) inspected.discard();
    else this.#inspected.set(job.id, inspected);
    return job;
  }

  #discardForgotten(): void {
    const known = new Set(this.#jobs.list().map(({ id }) => id));
    for (const [id, { discard }] of this.#inspected) {
      if (known.has(id)) continue;
      discard();
      this.#inspected.delete(id);
    }
  }
}
