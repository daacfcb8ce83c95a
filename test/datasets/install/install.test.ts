// Installing from a mirror and from disk: consent to digests, replacement, verification, removal, listing, kills.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import sharp from 'sharp';
import { generateShapes, importDataset, installDataset, listDatasets, readManifest, removeDataset, verifyDataset } from '#datasets';
import { cifar10Batch, cifar10Entries, tarGz } from '#test/archives.ts';
import { startMirror } from '#test/mirror.ts';
import { scratchFolder } from '#test/scratch.ts';

const archive = tarGz(cifar10Entries(20));

async function folders(): Promise<{ root: string; downloads: string; name: string; mirror: string }> {
  const server = await startMirror({ 'cifar-10-binary.tar.gz': archive });
  onTestFinished(() => server.close());
  const home = scratchFolder();
  return { root: join(home, 'datasets'), downloads: join(home, 'downloads'), name: 'cifar10', mirror: server.address };
}

test('another digest needs consent; the download is used then, not repeated', async () => {
  const options = await folders();
  await expect(installDataset(options)).rejects.toThrow(/c32a1d4ab5d03f1284b67883e8d87530[^]*--accept-digest/);
  expect(readdirSync(options.downloads)).toEqual(['cifar-10-binary.tar.gz']);
  const manifest = await installDataset({ ...options, mirror: 'http://127.0.0.1:1', acceptDigest: true });
  expect(manifest).toMatchObject({ name: 'cifar10', height: 32, channels: 3, source: { official: false, kind: 'download' } });
  expect(readdirSync(options.downloads)).toEqual([]);
});

test('records become NHWC pictures in the order of the batches, whatever their order in the archive', async () => {
  const options = await folders();
  const manifest = await installDataset({ ...options, acceptDigest: true });
  const images = readFileSync(join(options.root, 'cifar10', 'train-images.u8'));
  const batch = cifar10Batch(20, { seed: 2 });
  const pixel = 20 * 3072 + 3 * 37; // picture 20 is the first of batch 2, which comes last in the archive
  expect([...images.subarray(pixel, pixel + 3)]).toEqual([batch[1 + 37], batch[1 + 1024 + 37], batch[1 + 2048 + 37]]);
  expect(readFileSync(join(options.root, 'cifar10', 'train-labels.u32')).readUInt32LE(4 * 13)).toBe(3);
  expect(manifest.splits.map(({ name, count }) => [name, count])).toEqual([['train', 100], ['test', 20]]);
});

test('a failed replacement keeps the old data set; a good one replaces it', async () => {
  const options = { ...(await folders()), acceptDigest: true };
  const first = await installDataset(options);
  const bad = await startMirror({ 'cifar-10-binary.tar.gz': archive.subarray(0, 50_000) });
  onTestFinished(() => bad.close());
  await expect(installDataset({ ...options, mirror: bad.address })).rejects.toThrow();
  expect((await verifyDataset(options.root, 'cifar10')).installedAt).toBe(first.installedAt);
  expect((await installDataset(options)).fingerprint).toBe(first.fingerprint);
  expect(readdirSync(options.root)).toEqual(['cifar10']);
});

test('verify names the file with a flipped byte; remove takes it from the list', async () => {
  const options = await folders();
  await installDataset({ ...options, acceptDigest: true });
  const file = join(options.root, 'cifar10', 'test-images.u8');
  const bytes = readFileSync(file);
  bytes[777] = (bytes[777] as number) ^ 1;
  writeFileSync(file, bytes);
  await expect(verifyDataset(options.root, 'cifar10')).rejects.toMatchObject({ code: 'DATASET_DAMAGED', place: { file } });
  writeFileSync(file, bytes.subarray(1));
  expect((await listDatasets(options.root)).find(({ name }) => name === 'cifar10')?.state).toBe('damaged');
  await removeDataset(options.root, 'cifar10');
  await expect(readManifest(options.root, 'cifar10')).rejects.toMatchObject({ code: 'DATASET_MISSING' });
  expect(readdirSync(options.root)).toEqual([]);
});

test('a folder of pictures: classes sorted, damaged and foreign files reported, links not followed', async () => {
  const home = scratchFolder();
  const pictures = join(home, 'My pets');
  const red = await sharp({ create: { width: 40, height: 20, channels: 3, background: '#f00' } }).png().toBuffer();
  const grey = await sharp(Buffer.alloc(900, 100), { raw: { width: 30, height: 30, channels: 1 } }).jpeg().toBuffer();
  for (const name of ['dog', 'cat']) {
    mkdirSync(join(pictures, name), { recursive: true });
    for (let index = 0; index < 10; index += 1) writeFileSync(join(pictures, name, `${index}.${name === 'dog' ? 'png' : 'jpg'}`), name === 'dog' ? red : grey);
  }
  writeFileSync(join(pictures, 'cat', 'cut.jpg'), grey.subarray(0, grey.length / 2));
  writeFileSync(join(pictures, 'cat', 'renamed.jpg'), red);
  writeFileSync(join(pictures, 'cat', 'note.txt'), 'hello');
  symlinkSync('/etc/passwd', join(pictures, 'cat', 'link.jpg'));
  const { manifest, skipped } = await importDataset({ root: join(home, 'datasets'), path: pictures, xDim: 8 });
  expect(manifest).toMatchObject({ name: 'My-pets', classes: ['cat', 'dog'], width: 8, source: { kind: 'folder' } });
  expect(manifest.splits.map(({ name }) => name)).toEqual(['train', 'test']);
  expect(skipped.map(({ file }) => file.split('/').at(-1)).sort()).toEqual(['cut.jpg', 'link.jpg', 'note.txt', 'renamed.jpg']);
  const again = await importDataset({ root: join(home, 'datasets'), path: pictures, xDim: 8, name: 'again' });
  expect(again.manifest.fingerprint).toBe(manifest.fingerprint);
  const pixels = readFileSync(join(home, 'datasets', 'My-pets', 'train-images.u8'));
  expect([...pixels.subarray(-3)]).toEqual([255, 0, 0]);
  expect([...pixels.subarray(0, 3)]).toEqual([100, 100, 100]);
});

test('shapes are the same bytes every time, and other bytes with other options', async () => {
  const home = scratchFolder();
  const options = { trainSize: 30, testSize: 10, noise: 0.1, xDim: 28 };
  const one = await generateShapes({ root: join(home, 'a'), ...options });
  const two = await generateShapes({ root: join(home, 'b'), ...options });
  const other = await generateShapes({ root: join(home, 'b'), ...options, noise: 0.2 });
  expect(two.manifest.fingerprint).toBe(one.manifest.fingerprint);
  expect(other.manifest.fingerprint).not.toBe(one.manifest.fingerprint);
  expect((await listDatasets(join(home, 'b'))).filter(({ name }) => name.startsWith('shapes'))).toHaveLength(1);
  await removeDataset(join(home, 'b'), 'shapes');
  expect(readdirSync(join(home, 'b'))).toEqual([]);
});

test('a kill -9 while unpacking leaves nothing listed; the next installation sweeps and succeeds', async () => {
  const home = scratchFolder();
  const root = join(home, 'datasets');
  const program = `import { generateShapes } from '#datasets';
    await generateShapes({ root: ${JSON.stringify(root)}, trainSize: 100000, testSize: 10, noise: 0.1, xDim: 32, onProgress: ({ done }) => { if (done >= 1000) process.stdout.write('x'); } });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await ended;
  expect(readdirSync(root)).toEqual([expect.stringMatching(/^\.staging-/)]);
  expect((await listDatasets(root)).every(({ state }) => state === 'absent')).toBe(true);
  await generateShapes({ root, trainSize: 20, testSize: 10, noise: 0.1, xDim: 32 });
  expect(readdirSync(root)).toEqual(['shapes-20-10-0.1-32']);
});

test('cancelling leaves nothing behind', async () => {
  const home = scratchFolder();
  const cancel = new AbortController();
  const made = generateShapes({ root: home, trainSize: 5000, testSize: 10, noise: 0, xDim: 28, signal: cancel.signal, onProgress: () => cancel.abort() });
  await expect(made).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(readdirSync(home)).toEqual([]);
});

test.each(['../x', '', 'CON', 'a/b', '.hidden', 'x'.repeat(65)])('the name %j is refused', async (name) => {
  await expect(readManifest(scratchFolder(), name)).rejects.toMatchObject({ code: 'USAGE' });
});
