// Files of the built interface: a fixed table made at the start. A request's path is only looked up in it, never on the disk.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';

export type Asset = { type: string; bytes: Buffer; cache: string };
/** By path as it stands in a request, for instance `/assets/index-1a2b.js`. */
export type Assets = ReadonlyMap<string, Asset>;

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.json': 'application/json', '.svg': 'image/svg+xml', '.png': 'image/png',
  '.ico': 'image/x-icon', '.woff2': 'font/woff2', '.txt': 'text/plain; charset=utf-8', '.webmanifest': 'application/manifest+json', '.wasm': 'application/wasm',
};

/** Regular files below a folder. Not `recursive`: that would follow links to folders. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : entry.isFile() ? [path] : [];
  });
}

/** Reads the regular files below a folder; links and unknown kinds of file are left out. Empty where there is no such folder. */
export function listAssets(folder: string): Assets {
  const assets = new Map<string, Asset>();
  if (!existsSync(folder)) return assets;
  for (const file of filesBelow(folder)) {
    const type = types[extname(file)];
    if (type === undefined) continue;
    const path = `/${relative(folder, file).split(sep).join('/')}`;
    // What the bundler names by content may be kept for ever.
    const cache = path.startsWith('/assets/') ? 'private, max-age=31536000, immutable' : 'no-store';
    assets.set(path, { type, bytes: readFileSync(file), cache });
  }
  const index = assets.get('/index.html');
  return index ? assets.set('/', index) : assets;
}
