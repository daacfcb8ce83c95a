// Engines as the app has them: the list with what each takes on disk, installation and benchmark as jobs, removal that can be undone.
import { statSync } from 'node:fs';
import { type Benchmark, type EngineJob } from '#contract';
import { bringBack, emptyTrash, folderBytes, readPending, type InstallInput, type PendingInstall } from '#installer';
import { listEngines, listInstalled, type EngineListing } from '#training';
import { JobList } from '../jobs/jobs.ts';
import type { Lab } from '../lab.ts';
import { readBenchmark, runBenchmark } from './benchmark.ts';
import { discardInstallation, installEngine, putEngineAway, withEnginesLocked } from './install.ts';

/** What installing a flavour takes: bytes fetched, bytes on disk afterwards, bytes needed meanwhile. As of TensorFlow 2.21. */
export const installSizes = {
  tensorflow: { download: 274e6, disk: 1.15e9, meanwhile: 1.45e9 },
  'tensorflow-cuda': { download: 3.2e9, disk: 6.4e9, meanwhile: 9.6e9 },
} as const;

export type EngineRow = EngineListing & { installed: { version: string; bytes: number; source: string } | null };
export type EngineOverview = { rows: EngineRow[]; pending: PendingInstall | null; benchmark: Benchmark | null; sizes: typeof installSizes; platform: string };

const undoForMs = 10_000;

export class EngineJobs {
  readonly #lab: Lab;
  readonly #jobs = new JobList<EngineJob['kind'], NonNullable<EngineJob['result']>>();
  readonly #sizes = new Map<string, number>();
  readonly #leaving = new Map<string, NodeJS.Timeout>();

  constructor(lab: Lab) {
    this.#lab = lab;
    void this.#emptyTrash(); // of a process that ended within the ten seconds
  }

  /** Every engine, and what is there of an installation; `fresh` tries them all again. */
  async overview(fresh = false): Promise<EngineOverview> {
    const { engines } = this.#lab.home;
    const installed = listInstalled(engines);
    const rows = (await listEngines({ engines, fresh })).map((row) => {
      const found = installed.find(({ name }) => name === row.name);
      return { ...row, installed: found ? { version: found.manifest.version, source: found.manifest.source, bytes: this.#bytesOf(found.folder) } : null };
    });
    return { rows, pending: readPending(engines), benchmark: readBenchmark(this.#lab), sizes: installSizes, platform: process.platform };
  }

  install({ name, ...input }: Omit<InstallInput, 'flavour'> & { name: 'tensorflow' | 'tensorflow-cuda' }): EngineJob {
    return this.#jobs.start('install', name, async (watch) => {
      const { manifest, probe } = await installEngine(this.#lab, { ...input, flavour: name === 'tensorflow-cuda' ? 'cuda' : 'cpu' }, watch);
      return { usable: probe.usable, text: `TensorFlow ${manifest.version}: ${probe.reason}` };
    });
  }

  bench(models?: string[]): EngineJob {
    return this.#jobs.start('bench', 'benchmark', async (watch) => {
      const { rows } = await runBenchmark(this.#lab, { ...watch, models });
      return { usable: true, text: `${rows.length} measured.` };
    });
  }

  /** Puts an engine away; its files are deleted after ten seconds unless `restore` comes first. */
  async remove(name: string): Promise<string> {
    const id = await putEngineAway(this.#lab, name);
    this.#leaving.set(id, setTimeout(() => void this.#emptyTrash(id), undoForMs).unref());
    return id;
  }

  async restore(id: string): Promise<void> {
    clearTimeout(this.#leaving.get(id));
    await withEnginesLocked(this.#lab, () => bringBack(this.#lab.home.engines, id));
    this.#leaving.delete(id);
  }

  discard = (): Promise<void> => discardInstallation(this.#lab);
  list = (): EngineJob[] => this.#jobs.list();
  cancel = (id: string): EngineJob => this.#jobs.cancel(id);
  watch = (signal: AbortSignal): AsyncGenerator<EngineJob[]> => this.#jobs.watch(signal);

  /** Cancels all jobs, and deletes what was put away. */
  async close(): Promise<void> {
    await this.#jobs.close();
    for (const [id, timer] of this.#leaving) {
      clearTimeout(timer);
      await this.#emptyTrash(id);
    }
  }

  #emptyTrash = async (id?: string): Promise<void> => {
    await emptyTrash(this.#lab.home.engines, id).catch(() => {}); // tried again at the next start
    if (id !== undefined) this.#leaving.delete(id);
  };

  /** Counting eleven thousand headers takes a moment: once for each installation. */
  #bytesOf(folder: string): number {
    const key = `${folder} ${statSync(folder).mtimeMs}`;
    const bytes = this.#sizes.get(key) ?? folderBytes(folder);
    this.#sizes.set(key, bytes);
    return bytes;
  }
}
