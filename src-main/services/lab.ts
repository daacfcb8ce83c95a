// What every service works with: home, store, ingest, settings.
import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { LabError } from '#contract';
import { checkMirror } from '#datasets';
import { createIngest, makeFolder, openHome, openStore, rebuildByHand, readJson, recoverRuns, verifyRuns, writeFileAtomically, type Home, type Ingest, type Rebuilt, type Verification } from '#runs';
import { getRun, requeue, type SqliteDatabase } from '#store';

/** HOME/settings.json. */
export const settingsSchema = z.strictObject({
  slots: z.int().min(1).max(64).default(1).meta({ description: 'Runs that train at the same time on the CPU.' }),
  autoResume: z.boolean().default(false).meta({ description: 'Resume interrupted runs when a host starts.' }),
  autosave: z.int().min(0).nullable().default(null).meta({ description: 'Iterations between checkpoints that a new form begins with; null: as the configuration has it.' }),
  datasets: z.string().nullable().default(null).meta({ description: 'Folder of the data sets, for instance a shared one; null: HOME/datasets. VSGD_LAB_DATASETS goes before it.' }),
  mirror: z.string().nullable().default(null).meta({ description: 'Base address or folder to fetch data sets from.' }),
});
export type Settings = z.infer<typeof settingsSchema>;

export type Lab = { home: Home; database: SqliteDatabase; ingest: Ingest; settings: Settings; notices: string[]; close(): void };

function readSettings(file: string): Settings {
  try {
    return settingsSchema.parse(readJson(file, { follow: true }) ?? {});
  } catch (cause) {
    const detail = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new LabError('CONFIG_INVALID', `${file} cannot be read: ${detail}. Mend it, or delete it to have the defaults.`, { place: { file }, cause });
  }
}

const folderOf = (home: Home, { datasets }: Pick<Settings, 'datasets'>): string => process.env.VSGD_LAB_DATASETS ? home.datasets : (datasets ?? join(home.root, 'datasets'));

/** Makes a folder for data sets where it is not there. @throws LabError CONFIG_INVALID */
function prepareDatasets(folder: string, file: string): void {
  const refuse = (why: string) => new LabError('CONFIG_INVALID', `The folder of the data sets, ${folder}, ${why}`, { place: { file, key: 'datasets' } });
  if (!isAbsolute(folder)) throw refuse('must be a whole path, from the root of the disk on.');
  try {
    makeFolder(folder);
  } catch (cause) {
    throw refuse(`cannot be used: ${(cause as Error).message}. Choose another one.`);
  }
}

export type LabOptions = {
  /** Called with every notice at once; `notices` keeps them all. */
  onNotice?(notice: string): void;
  /** A database of up to so many bytes is checked completely whenever it is opened. */
  checkedBytes?: number;
};

/**
 * Opens a home: opens the store, which repairs itself when its file is damaged, and marks runs interrupted that lost their
 * trainer while no host looked.
 */
export function openLab(path?: string, { onNotice, checkedBytes }: LabOptions = {}): Lab {
  const home = openHome(path);
  const settings = readSettings(home.settings);
  home.datasets = folderOf(home, settings);
  const notices: string[] = [];
  const notice = (text: string) => {
    notices.push(text);
    onNotice?.(text);
  };
  const database = openStore(home, { notice, checkedBytes });
  const ingest = createIngest(database, home);
  const recovered = recoverRuns({ database, home, ingest });
  if (settings.autoResume) for (const id of recovered) if (getRun(database, id)?.state === 'interrupted') requeue(database, id);
  return { home, database, ingest, settings, notices, close: () => database.close() };
}

/** Makes the database of a home again from the run directories, whatever its file is. @throws LabError DISK_FULL, STORE_BUSY */
export const rebuildLab = (path?: string): Rebuilt => rebuildByHand(openHome(path));

/** Compares the database of a home with its run directories; nothing is repaired. @throws LabError STORE_NEWER, STORE_BUSY */
export const verifyLab = (path?: string, ids?: string[]): Verification => verifyRuns(openHome(path), ids);

/** Changes settings, in the file and in this lab; data sets that are installed stay where they are. @throws LabError CONFIG_INVALID */
export function changeSettings({ home, settings }: Lab, change: Partial<Settings>): Settings {
  if (change.mirror) checkMirror(change.mirror);
  const parsed = settingsSchema.safeParse({ ...readSettings(home.settings), ...change });
  if (!parsed.success) throw new LabError('CONFIG_INVALID', z.prettifyError(parsed.error), { place: { file: home.settings, key: parsed.error.issues[0]?.path.join('.') } });
  const datasets = folderOf(home, parsed.data);
  if (datasets !== home.datasets) prepareDatasets(datasets, home.settings);
  home.datasets = datasets;
  writeFileAtomically(home.settings, [JSON.stringify(parsed.data, null, 2), '\n']);
  return Object.assign(settings, parsed.data);
}
