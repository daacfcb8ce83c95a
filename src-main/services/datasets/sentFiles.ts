// Files that a page sent together: each gets a folder of its own under its own name, MNIST's files one folder together.
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { mnistFileOf } from '#datasets';

/** A file as it came: its name in the page, and where its bytes are. */
export type SentFile = { name: string; file: string };

/** What is imported as one: `title` for a user, `path` for the import, `discard` deletes the files. */
export type Sent = { title: string; path: string; place: string; discard(): void };

const safeName = (name: string): string => (name === '' || name === '.' || name === '..' ? 'file' : name);

/** One folder with these files; the path is the folder's for several files, else the file's. */
function placeTogether(files: SentFile[]): Sent {
  const place = `${files[0]?.file}-files`;
  mkdirSync(place, { mode: 0o700 });
  for (const { name, file } of files) renameSync(file, join(place, safeName(name)));
  const names = files.map(({ name }) => name);
  return { title: names.join(', '), path: files.length > 1 ? place : join(place, safeName(names[0] ?? '')), place, discard: () => rmSync(place, { recursive: true, force: true }) };
}

/** Groups files by what belongs together. Of two files with one name each is imported by itself. */
export function groupSent(files: SentFile[]): Sent[] {
  const mnist = new Map<string, SentFile>();
  const alone: SentFile[] = [];
  for (const sent of files) {
    if (mnistFileOf(sent.name) !== null && !mnist.has(sent.name)) mnist.set(sent.name, sent);
    else alone.push(sent);
  }
  return [...(mnist.size > 0 ? [placeTogether([...mnist.values()])] : []), ...alone.map((sent) => placeTogether([sent]))];
}
