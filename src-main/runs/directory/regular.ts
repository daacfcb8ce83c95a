// Reads files that something else may have made or changed: regular files of a bounded size, never a pipe that would hang or a folder.
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, statSync, type Stats } from 'node:fs';
import { refusedJson } from '#contract';

const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
const kinds: [name: string, test: (found: Stats) => boolean][] = [['a folder', (found) => found.isDirectory()], ['a link', (found) => found.isSymbolicLink()], ['a pipe', (found) => found.isFIFO()], ['a socket', (found) => found.isSocket()]];

/** `follow`: a link is taken for the file that it names; for files of a person, not of a run. */
type Options = { follow?: boolean };

/** Size and kind of a regular file; null where nothing has this name. @throws Error for what is no regular file, without opening it */
export function regularFile(file: string, { follow = false }: Options = {}): Stats | null {
  const found = (follow ? statSync : lstatSync)(file, { throwIfNoEntry: false });
  if (!found) return null;
  if (!found.isFile()) throw new Error(`${file} is ${kinds.find(([, test]) => test(found))?.[0] ?? 'a device'}, not a file`);
  return found;
}

/** Whether a name is that of a regular file. */
export const isRegularFile = (file: string): boolean => lstatSync(file, { throwIfNoEntry: false })?.isFile() ?? false;

/** Opens a regular file for reading; null where nothing has this name. @throws Error for what is no regular file, and of the file system */
export function openRegular(file: string, options: Options = {}): number | null {
  if (!regularFile(file, options)) return null;
  // The flags are for what takes its place in this moment.
  const handle = openSync(file, O_RDONLY | O_NONBLOCK | (options.follow ? 0 : O_NOFOLLOW));
  if (fstatSync(handle).isFile()) return handle;
  closeSync(handle);
  throw new Error(`${file} is not a file`);
}

/** The bytes of a regular file, of its end where `tail` says how many; null where nothing has this name. @throws Error */
export function readRegular(file: string, { most = Infinity, tail = Infinity, ...options }: Options & { most?: number; tail?: number } = {}): Buffer | null {
  const handle = openRegular(file, options);
  if (handle === null) return null;
  try {
    const { size } = fstatSync(handle);
    if (size > most) throw new Error(`${file} has ${size} bytes; more than ${most} are not read`);
    const bytes = Buffer.alloc(Math.min(size, tail));
    let read = 0;
    for (let part = -1; read < bytes.length && part !== 0; read += part) part = readSync(handle, bytes, read, Math.min(bytes.length - read, 2 ** 30), size - bytes.length + read);
    return bytes.subarray(0, read);
  } finally {
    closeSync(handle);
  }
}

/** A file's JSON, plain, shallow and small enough for any reader (`values`: so many, where a schema does not say it); undefined where nothing has this name. @throws Error */
export function readJson(file: string, { most = 2 ** 24, values, ...options }: Options & { most?: number; values?: number } = {}): unknown {
  const bytes = readRegular(file, { most, ...options });
  if (bytes === null) return undefined;
  const value: unknown = JSON.parse(bytes.toString('utf8'));
  const refused = refusedJson(value, values);
  if (refused !== null) throw new Error(`${file} cannot be taken: ${refused}`);
  return value;
}
