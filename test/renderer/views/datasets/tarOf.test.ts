// Folders on their way as tar files: what the tar library reads back is what was dropped.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { t as list } from 'tar';
import { expect, test } from 'vitest';
import { scratchFolder } from '#test/scratch.ts';
import { tarOf } from '../../../../src-renderer/views/datasets/tarOf.ts';

const file = (content: string) => new File([content], 'x', { lastModified: 1_700_000_000_500 });

test('names of any script, long ones, empty files and sizes around a block', async () => {
  const contents = { 'pets/cat/1.png': 'miau', 'pets/Hündchen/狗.png': 'wau', [`pets/${'deep'.repeat(20)}/${'long'.repeat(24)}.png`]: 'l', 'pets/empty.txt': '', 'pets/block.bin': 'x'.repeat(512), 'pets/more.bin': 'y'.repeat(513) };
  const tar = tarOf('pets', Object.entries(contents).map(([path, content]) => ({ path, file: file(content) })));
  expect([tar.name, tar.size % 512]).toEqual(['pets.tar', 0]);
  const place = join(scratchFolder(), 'a.tar');
  writeFileSync(place, Buffer.from(await tar.arrayBuffer()));
  const found: Record<string, string> = {};
  const times = new Set<number>();
  await list({ file: place, strict: true, onReadEntry: (entry) => {
    const chunks: Buffer[] = [];
    times.add(entry.mtime?.getTime() ?? 0);
    entry.on('data', (chunk) => chunks.push(chunk)).on('end', () => { found[entry.path] = Buffer.concat(chunks).toString(); });
  } });
  expect(found).toEqual(contents);
  expect([...times]).toEqual([1_700_000_000_000]);
});

test('a path that ustar cannot say is told, not cut', () => {
  expect(() => tarOf('a', [{ path: `a/${'n'.repeat(101)}`, file: file('') }])).toThrow(/too long/);
});
