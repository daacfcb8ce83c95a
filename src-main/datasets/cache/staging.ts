// A private folder in which a packed cache grows until it is complete, then becomes the data set by one rename.
// What a killed process leaves behind is swept by the next one; nothing named ".staging-…" is ever listed.
import { constants, type Stats } from 'node:fs';
import { lstat, mkdir, mkdtemp, open, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { LabError } from '#contract';

const prefix = '.staging-';
const replacedPrefix = 'replaced-';
const ownerFile = 'owner.json';

/**
 * A staging folder: `directory` holds the files; `check` throws when somebody put another folder in its place. `publish` puts them in the place of what is
 * there; without `over` it leaves what another process has put there meanwhile.
 */
export type Staging = { directory: string; check(): Promise<void>; publish(target: string, options?: { over?: boolean }): Promise<void>; remove(): Promise<void> };

async function startTime(pid: number): Promise<string | null> {
  try {
    return (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ')[19] ?? null;
  } catch {
    return null; // no /proc on this system, or no such process
  }
}

/** Whether the process that made this folder is alive. Its number is in the folder's name, too, for the moment before it has written who it is. */
async function isOwned(directory: string): Promise<boolean> {
  const written = (await readFile(join(directory, ownerFile), 'utf8').catch(() => '')) || null; // it may be there and empty yet
  try {
    const owner = written === null ? { pid: Number(basename(directory).split('-')[1]), started: null } : (JSON.parse(written) as { pid: number; started: string | null });
    process.kill(owner.pid, 0);
    return written === null || owner.started === (await startTime(owner.pid));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // alive, but another user's
  }
}

async function isMissing(path: string): Promise<boolean> {
  return lstat(path).then(() => false, () => true);
}

/** Whether the folder at `path` is the one of `born`, and no link to it or another. */
async function isStill(path: string, born: Stats): Promise<boolean> {
  const now = await lstat(path).catch(() => null);
  return now !== null && now.isDirectory() && now.ino === born.ino && now.dev === born.dev;
}

async function putBackReplaced(root: string, directory: string): Promise<void> {
  const names = (await readdir(directory).catch(() => [])).filter((name) => name.startsWith(replacedPrefix));
  for (const name of names) {
    const target = join(root, name.slice(replacedPrefix.length));
    if (await isMissing(target)) await rename(join(directory, name), target);
  }
}

/** Removes what killed installations left in `root`; an old data set that was half replaced is put back first. */
export async function sweepStaging(root: string): Promise<void> {
  const names = (await readdir(root).catch(() => [])).filter((name) => name.startsWith(prefix));
  for (const name of names) {
    const directory = join(root, name);
    const found = await lstat(directory).catch(() => null);
    if (found === null) continue; // its owner was quicker
    // A link of that name is not ours: it is removed itself, never what it points to.
    if (found.isDirectory()) {
      if (await isOwned(directory)) continue;
      await putBackReplaced(root, directory);
    }
    await rm(directory, { recursive: true, force: true });
  }
}

/** Writes what was renamed or created in a folder through to the disk. */
export async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return; // folders cannot be opened there; NTFS journals renames
  const handle = await open(directory, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a staging folder (mode 0700, name not guessable) in `root`, after sweeping stale ones. */
export async function createStaging(root: string): Promise<Staging> {
  await mkdir(root, { recursive: true });
  await sweepStaging(root);
  const directory = await mkdtemp(join(root, `${prefix}${process.pid}-`));
  await writeFile(join(directory, ownerFile), JSON.stringify({ pid: process.pid, started: await startTime(process.pid) }), { flag: 'wx' });
  const inner = join(directory, 'new');
  await mkdir(inner, { mode: 0o700 });
  const [born, innerBorn] = [await lstat(directory), await lstat(inner)];
  const check = async (): Promise<void> => {
    if ((await isStill(directory, born)) && (await isStill(inner, innerBorn))) return;
    throw new LabError('DATASET_HOSTILE', `The staging folder ${inner} was replaced while the data set was unpacked; nothing was installed. Find out which program writes there, then try again.`, { place: { file: inner } });
  };
  const remove = async (): Promise<void> => {
    if (!(await isStill(directory, born))) return; // replaced: not ours to delete
    await putBackReplaced(root, directory); // the new one never came into its place
    await rm(directory, { recursive: true, force: true });
  };
  const publish = async (target: string, { over = true }: { over?: boolean } = {}): Promise<void> => {
    await check();
    await syncDirectory(inner);
    await check();
    if (over && !(await isMissing(target))) await rename(target, join(directory, replacedPrefix + basename(target)));
    await rename(inner, target).catch(async (error: unknown) => {
      if (over || (await isMissing(target))) throw error;
    });
    await syncDirectory(root);
    await remove();
  };
  return { directory: inner, check, publish, remove };
}
