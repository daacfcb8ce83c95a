// Seeded mutations of right archives (faults.md 40, 45): each ends with a typed error or a right install, nothing outside staging.
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { LabError } from '#contract';
import { installDataset, removeDataset, verifyDataset } from '#datasets';
import { cifar10Entries, tarGz, tinyZip } from '#test/archives.ts';
import { scratchFolder } from '#test/scratch.ts';

const count = ['1', 'all'].includes(process.env.VSGD_LAB_LONG ?? '') ? 700 : 60;
const seed = Number(process.env.VSGD_LAB_SEED ?? 1);

/** Flips a byte, cuts, inserts or swaps a few bytes, all by `draw` (integers below its argument). */
function mutate(bytes: Buffer, draw: (below: number) => number): Buffer {
  const [at, to, length] = [draw(bytes.length), draw(bytes.length), 1 + draw(64)];
  const kind = draw(4);
  const copy = Buffer.from(bytes);
  if (kind === 0) copy[at] = (copy[at] as number) ^ (1 << draw(8));
  if (kind === 3) bytes.copy(copy, to, at, at + length);
  if (kind === 1) return Buffer.concat([copy.subarray(0, at), copy.subarray(at + length)]);
  if (kind === 2) return Buffer.concat([copy.subarray(0, at), copy.subarray(to, to + length), copy.subarray(at)]);
  return copy;
}

const cifar = tarGz(cifar10Entries(1));
const kinds: [string, string, string, () => Promise<Buffer>, (bytes: Buffer) => Buffer][] = [
  ['a tar.gz', 'cifar10', 'cifar-10-binary.tar.gz', async () => cifar, (bytes) => bytes],
  ['the tar within its gzip', 'cifar10', 'cifar-10-binary.tar.gz', async () => gunzipSync(cifar), (bytes) => gzipSync(bytes, { level: 1 })],
  ['a zip of JPEGs', 'tiny-imagenet-200', 'tiny-imagenet-200.zip', () => tinyZip(2), (bytes) => bytes],
];

test.each(kinds)(`${count} mutations of %s (seed ${seed}; VSGD_LAB_SEED sets it)`, async (...[, name, file, make, pack]) => {
  const folder = scratchFolder();
  const root = join(folder, 'datasets');
  const good = await make();
  let state = seed >>> 0;
  const draw = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let index = 0; index < count; index += 1) {
    writeFileSync(join(folder, file), pack(mutate(good, draw)));
    const options = { root, downloads: join(folder, 'downloads'), name, mirror: folder, acceptDigest: true };
    const error: unknown = await installDataset(options).then(() => null, (thrown: unknown) => thrown);
    if (error === null) {
      await verifyDataset(root, name);
      await removeDataset(root, name);
    } else {
      expect(error, `mutation ${index}`).toBeInstanceOf(LabError);
      expect((error as LabError).code, `mutation ${index}: ${String(error)}`).toMatch(/^DATASET_/);
    }
    expect(readdirSync(root)).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual([file, 'datasets'].sort());
  }
});
