// Installations that are disturbed (faults.md 42, 43): staging swapped for a link, cancelled at every report of progress, retried at once.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { installDataset, listDatasets, removeDataset, verifyDataset } from '#datasets';
import { cifar10Entries, tarGz, tinyZip } from '#test/archives.ts';
import { scratchFolder } from '#test/scratch.ts';

const idx = (shape: number[], content: Buffer): Buffer => {
  const header = Buffer.from([0, 0, 8, shape.length, ...shape.flatMap((size) => [0, 0, size >> 8, size & 255])]);
  return gzipSync(Buffer.concat([header, content]));
};

type DatasetName = 'cifar10' | 'tiny-imagenet-200' | 'mnist';

/** The files of each archive type, small and right. */
const archives: Record<DatasetName, () => Promise<Record<string, Buffer>>> = {
  'cifar10': async () => ({ 'cifar-10-binary.tar.gz': tarGz(cifar10Entries(20)) }),
  'tiny-imagenet-200': async () => ({ 'tiny-imagenet-200.zip': await tinyZip(100) }),
  'mnist': async () => ({
    'train-images-idx3-ubyte.gz': idx([20, 28, 28], Buffer.alloc(20 * 784, 9)), 'train-labels-idx1-ubyte.gz': idx([20], Buffer.alloc(20, 3)),
    't10k-images-idx3-ubyte.gz': idx([10, 28, 28], Buffer.alloc(10 * 784, 7)), 't10k-labels-idx1-ubyte.gz': idx([10], Buffer.alloc(10, 4)),
  }),
};

async function prepare(name: DatasetName): Promise<{ folder: string; options: Parameters<typeof installDataset>[0] }> {
  const folder = scratchFolder();
  for (const [file, content] of Object.entries(await archives[name]())) writeFileSync(join(folder, file), content);
  return { folder, options: { root: join(folder, 'datasets'), downloads: join(folder, 'downloads'), name, mirror: folder, acceptDigest: true } };
}

const hasStrace = spawnSync('strace', ['-f', '-o', '/dev/null', '-e', 'trace=rename', 'true']).status === 0;
const names = Object.keys(archives) as DatasetName[];

describe('staging swapped for a link while it is unpacked', () => {
  test.each(names.flatMap((name) => ['', 'new'].map((inner) => [name, inner] as const)))('%s, staging/%s: refused; nothing is written where the link points', async (name, inner) => {
    const { folder, options } = await prepare(name);
    const before = await installDataset(options);
    const outside = join(folder, 'outside');
    mkdirSync(join(outside, 'new'), { recursive: true });
    let swapped = false;
    const onProgress = ({ stage }: { stage: string }): void => {
      if (swapped || stage !== 'unpack') return;
      swapped = true;
      const staging = join(options.root, readdirSync(options.root).find((item) => item.startsWith('.staging-')) as string, inner);
      renameSync(staging, join(folder, 'taken'));
      symlinkSync(outside, staging);
    };
    await expect(installDataset({ ...options, onProgress })).rejects.toMatchObject({ code: 'DATASET_HOSTILE' });
    expect(swapped).toBe(true);
    expect(readdirSync(outside, { recursive: true })).toEqual(['new']);
    expect((await verifyDataset(options.root, name)).installedAt).toBe(before.installedAt);
    await installDataset(options);
    expect(readdirSync(options.root)).toEqual([name]);
  });
});

describe('cancelled', () => {
  test.each(names)('%s, at every report of progress: nothing listed, nothing in staging, and the retry at once is right', async (name) => {
    const { options } = await prepare(name);
    let reports = 0;
    await installDataset({ ...options, root: join(options.root, 'whole'), onProgress: () => { reports += 1; } });
    const root = join(options.root, 'cancelled');
    for (let at = 1; at < reports; at += 1) {
      const cancel = new AbortController();
      let seen = 0;
      const installed = installDataset({ ...options, root, signal: cancel.signal, onProgress: () => { seen += 1; if (seen === at) cancel.abort(); } });
      const outcome = await installed.then(() => 'installed', (error: { code: string }) => error.code);
      if (outcome === 'installed' && seen <= at) { // chunks come as the system cuts them: this time there were fewer reports, or the last one cancelled
        await removeDataset(root, name);
        break;
      }
      expect([at, outcome]).toEqual([at, 'CANCELLED']);
      expect((await listDatasets(root)).every(({ state }) => state === 'absent')).toBe(true);
    }
    const manifest = await installDataset({ ...options, root });
    expect(readdirSync(root)).toEqual([name]);
    for (const file of Object.keys(manifest.files)) {
      expect(readFileSync(join(root, name, file)).equals(readFileSync(join(options.root, 'whole', name, file)))).toBe(true);
    }
  });
});

describe.skipIf(!hasStrace)('a disk that fails while the new data set takes the place of the old', () => {
  test.each([1, 2])('at rename %i of 2: the old one is in its place, nothing in staging', async (when) => {
    const { options } = await prepare('cifar10');
    const before = await installDataset(options);
    const program = `import { installDataset } from '#datasets';
      await installDataset(${JSON.stringify(options)}).catch((error) => { console.log(error.message); process.exitCode = 3; });`;
    const inject = ['-f', '-o', '/dev/null', '-e', 'trace=rename', '-e', `inject=rename:error=EIO:when=${when}`];
    const { status, stdout, stderr } = spawnSync('strace', [...inject, process.execPath, '--input-type=module', '-e', program], { encoding: 'utf8', env: { ...process.env, UV_THREADPOOL_SIZE: '1' } });
    expect([status, stdout], stderr).toEqual([3, expect.stringContaining('EIO')]);
    expect(readdirSync(options.root)).toEqual(['cifar10']);
    expect((await verifyDataset(options.root, 'cifar10')).installedAt).toBe(before.installedAt);
  });
});
