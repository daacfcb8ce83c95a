// HOME: the folder that holds runs, data sets and the database; the platform's data folder unless told otherwise.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileError, makeFolder } from './files.ts';

export type Home = { root: string; database: string; runs: string; trash: string; datasets: string; downloads: string; engines: string; hostLock: string; settings: string };

function platformFolder(): string {
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'VSGD Lab');
  if (process.platform === 'win32') return join(process.env.APPDATA ?? join(homedir(), 'AppData', 'Roaming'), 'VSGD Lab');
  return join(process.env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'vsgd-lab');
}

/** A folder that is shared by homes, for instance a cluster's. */
const elsewhere = (variable: 'VSGD_LAB_DATASETS' | 'VSGD_LAB_ENGINES'): string | null => (process.env[variable] ? resolve(process.env[variable]) : null);

/** What a trainer, which knows only its run's directory, must be told of its home. */
export const sharedFolders = ({ datasets, engines }: Home): Record<string, string> => ({ VSGD_LAB_DATASETS: datasets, VSGD_LAB_ENGINES: engines });

/** Where everything of a home lies; nothing is made. */
export const placesIn = (root: string): Home => ({
  root, database: join(root, 'lab.db'), runs: join(root, 'runs'), trash: join(root, 'trash'), datasets: elsewhere('VSGD_LAB_DATASETS') ?? join(root, 'datasets'),
  downloads: join(root, 'downloads'), engines: elsewhere('VSGD_LAB_ENGINES') ?? join(root, 'engines'), hostLock: join(root, 'host.lock'), settings: join(root, 'settings.json'),
});

/**
 * The home at `path`, else VSGD_LAB_HOME, else the platform's data folder; its folders are made.
 * @throws LabError when it cannot be made or written
 */
export function openHome(path?: string): Home {
  const home = placesIn(resolve(path ?? (process.env.VSGD_LAB_HOME || platformFolder())));
  try {
    for (const folder of [home.root, home.runs, home.trash, home.datasets, home.downloads]) makeFolder(folder);
  } catch (cause) {
    throw fileError(cause, 'Opening the home folder', home.root);
  }
  return home;
}
