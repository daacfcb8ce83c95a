// Tar files that one of our own programs made: regular files and folders, unpacked below a folder and nowhere else.
import { statSync } from 'node:fs';
import { extract } from 'tar';

/** Unpacks until something is met that does not belong: a link, a device, a path that `belongs` denies, more than the file can hold. Resolves with its path, or null. */
export async function unpackPlainTar(file: string, cwd: string, belongs: (path: string) => boolean): Promise<string | null> {
  let refused: string | null = null;
  let total = 0;
  const limit = statSync(file).size * 1.1 + 2 ** 20; // a tar is not compressed: it cannot hold more than itself
  await extract({
    file, cwd, strict: true, preserveOwner: false,
    filter: (path, entry) => {
      const { type = 'File', size = 0 } = entry as { type?: string; size?: number };
      total += size;
      if (!belongs(path) || (type !== 'File' && type !== 'Directory') || total > limit) refused ??= path;
      return refused === null;
    },
  });
  return refused;
}
