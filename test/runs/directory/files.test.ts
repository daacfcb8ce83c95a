// Folders and files as the run directory makes them.
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFolder } from '#runs';
import { scratchFolder } from '#test/scratch.ts';

test('a folder is made with those above it, for this user alone', () => {
  const folder = join(scratchFolder(), 'a/b/c');
  makeFolder(folder);
  makeFolder(folder);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test('a file in the place of a folder is refused', () => {
  const file = join(scratchFolder(), 'file');
  writeFileSync(file, '');
  expect(() => makeFolder(file)).toThrow(expect.objectContaining({ code: 'EEXIST' }));
  expect(() => makeFolder(join(file, 'below'))).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
});

test.skipIf(!existsSync('/proc/self'))('where the system makes no folders it is refused, and does not wait for ever (Linux)', () => {
  expect(() => mkdirSync('/proc/vsgd-lab')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  expect(() => makeFolder('/proc/vsgd-lab/below')).toThrow(expect.objectContaining({ code: 'EACCES' }));
});
