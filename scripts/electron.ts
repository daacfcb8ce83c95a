// Finds Electron for `npm start`, the packages and the smoke test; never fetches it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { root } from './commands.ts';

export type Surroundings = { env: NodeJS.ProcessEnv; platform: NodeJS.Platform; uid: number | null };
/** `binary` runs at once; `archive` is Electron's own download cache, which its install script unpacks. */
export type Found = { binary: string } | { archive: string } | null;

const electronFolder = join(root, 'node_modules', 'electron');
export const here = (): Surroundings => ({ env: process.env, platform: process.platform, uid: process.getuid?.() ?? null });

/** The version that the lock file names. */
export const electronVersion = (): string => (JSON.parse(readFileSync(join(electronFolder, 'package.json'), 'utf8')) as { version: string }).version;

function cacheFolder({ env, platform }: Surroundings): string {
  if (env.electron_config_cache) return env.electron_config_cache;
  const home = env.HOME ?? homedir();
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'electron');
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'electron', 'Cache');
  return join(env.XDG_CACHE_HOME || join(home, '.cache'), 'electron');
}

/** VSGD_LAB_ELECTRON, else the one in node_modules, else the archive in Electron's cache. */
export function findElectron(surroundings: Surroundings = here()): Found {
  const given = surroundings.env.VSGD_LAB_ELECTRON;
  if (given) return existsSync(given) ? { binary: given } : null;
  const pathFile = join(electronFolder, 'path.txt');
  const binary = existsSync(pathFile) ? join(electronFolder, 'dist', readFileSync(pathFile, 'utf8')) : '';
  if (binary !== '' && existsSync(binary)) return { binary };
  const cache = cacheFolder(surroundings);
  const name = `electron-v${electronVersion()}-${surroundings.platform}-${process.arch}.zip`;
  const archive = existsSync(cache) ? readdirSync(cache, { recursive: true, encoding: 'utf8' }).find((path) => path.endsWith(name)) : undefined;
  return archive ? { archive: join(cache, archive) } : null;
}

/** Why there can be no window here, in words that end a line; null where there can be one. */
export function whyNoWindow(found: Found, { env, platform, uid }: Surroundings = here()): string | null {
  if (env.VSGD_LAB_ELECTRON && found === null) return `there is no file ${env.VSGD_LAB_ELECTRON} (VSGD_LAB_ELECTRON)`;
  if (found === null) return `Electron ${electronVersion()} is not on this computer (npm run electron installs it, about 120 MB)`;
  if (platform === 'linux' && !env.DISPLAY && !env.WAYLAND_DISPLAY) return 'there is no display (DISPLAY and WAYLAND_DISPLAY are not set)';
  // One that was named is tried all the same: whatever goes wrong ends in the browser.
  if (platform === 'linux' && uid === 0 && !env.VSGD_LAB_ELECTRON) return 'Electron keeps its sandbox, and that does not run as root';
  return null;
}
