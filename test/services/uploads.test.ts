// Files that come in piece by piece: whole, in order, or not at all; nothing is left behind.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import type { DatasetJob } from '#contract';
import { readManifest } from '#datasets';
import { DatasetJobs, openLab } from '#services';
import { solidPng } from '#test/imageFolders.ts';
import { scratchFolder } from '#test/scratch.ts';
import { tarOf } from '../../src-renderer/views/datasets/tarOf.ts';

function createJobs() {
  const lab = openLab(scratchFolder());
  const jobs = new DatasetJobs(lab);
  onTestFinished(async () => {
    await jobs.close();
    lab.close();
  });
  return { jobs, uploads: jobs.uploads, lab, rests: () => readdirSync(lab.home.downloads).filter((name) => name.startsWith('upload-')) };
}

test('pieces in order make the file; a name brings no path', async () => {
  const { uploads } = createJobs();
  const id = await uploads.begin({ name: '../../x\\y.zip', size: 5 });
  expect(await uploads.append(id, { offset: 0, bytes: Buffer.from('abc') })).toBe(3);
  expect(await uploads.append(id, { offset: 3, bytes: Buffer.from('de') })).toBe(5);
  const { name, file, discard } = await uploads.finish(id);
  expect([name, readFileSync(file, 'utf8')]).toEqual(['y.zip', 'abcde']);
  discard();
});

test('a piece out of turn, one too much, and a file that is not whole are refused; nothing is lost', async () => {
  const { uploads } = createJobs();
  const id = await uploads.begin({ name: 'a.zip', size: 4 });
  await uploads.append(id, { offset: 0, bytes: Buffer.from('ab') });
  await expect(uploads.append(id, { offset: 1, bytes: Buffer.from('x') })).rejects.toMatchObject({ code: 'CONFLICT' });
  await expect(uploads.append(id, { offset: 2, bytes: Buffer.from('cde') })).rejects.toMatchObject({ code: 'CONFLICT' });
  await expect(uploads.finish(id)).rejects.toThrow(/2 of 4 bytes/);
  expect(await uploads.append(id, { offset: 2, bytes: Buffer.from('cd') })).toBe(4);
});

test('no more than 32 at a time, for one drop may be several archives and MNIST\'s four files; none larger than the disk', async () => {
  const { uploads } = createJobs();
  for (let number = 0; number < 32; number += 1) await uploads.begin({ name: String(number), size: 1 });
  await expect(uploads.begin({ name: 'e', size: 1 })).rejects.toMatchObject({ code: 'CONFLICT' });
  const other = createJobs().uploads;
  await expect(other.begin({ name: 'a', size: 2 ** 60 })).rejects.toMatchObject({ code: 'DISK_FULL' });
});

/** Waits for the end of a job, which stays in the list. */
async function ended(jobs: DatasetJobs, { id }: DatasetJob): Promise<DatasetJob> {
  await expect.poll(() => jobs.list().find((job) => job.id === id)?.state, { timeout: 30_000 }).not.toBe('running');
  return jobs.list().find((job) => job.id === id)!;
}

async function send(uploads: DatasetJobs['uploads'], name: string, bytes: Uint8Array): Promise<string> {
  const id = await uploads.begin({ name, size: bytes.length });
  await uploads.append(id, { offset: 0, bytes });
  return id;
}

test('what was cancelled, what was spoiled, and what an earlier process left is thrown away', async () => {
  const { jobs, uploads, lab, rests } = createJobs();
  await uploads.cancel(await uploads.begin({ name: 'a', size: 1 }));
  expect(rests()).toEqual([]);
  const [job] = await jobs.inspectUploads([await send(uploads, 'spoiled.zip', Buffer.from('zip'))]);
  expect(await ended(jobs, job!)).toMatchObject({ name: 'spoiled.zip', state: 'failed' });
  expect(rests()).toEqual([]);
  writeFileSync(join(lab.home.downloads, 'upload-old'), 'rest');
  new DatasetJobs(lab);
  expect(rests()).toEqual([]);
});

async function sendFolder(uploads: DatasetJobs['uploads'], entries: { path: string; content: Buffer }[]): Promise<string> {
  const bytes = Buffer.from(await tarOf('pets', entries.map(({ path, content }) => ({ path, file: new File([new Uint8Array(content)], 'x') }))).arrayBuffer());
  return send(uploads, 'pets.tar', bytes);
}

async function sendPets({ uploads, jobs }: { uploads: DatasetJobs['uploads']; jobs: DatasetJobs }): Promise<DatasetJob> {
  const picture = await solidPng('red');
  const id = await sendFolder(uploads, ['cat/1', 'cat/2', 'dog/1', 'dog/2'].map((name) => ({ path: `pets/${name}.png`, content: picture })));
  return ended(jobs, (await jobs.inspectUploads([id], { folder: true }))[0]!);
}

test('a folder that came as a tar is inspected, then becomes a data set with the chosen settings; where it came from is kept, its files are not', async () => {
  const parts = createJobs();
  const { jobs, lab, rests } = parts;
  const inspected = await sendPets(parts);
  expect(inspected).toMatchObject({ state: 'done', name: 'pets', result: { inspection: { name: 'pets', classes: ['cat', 'dog'], holdOut: 0.1 } } });
  expect(readdirSync(lab.home.datasets)).toEqual([]);
  const job = await ended(jobs, jobs.importInspected(inspected.id, { name: 'renamed', xDim: 16, holdOut: 0.5 }));
  expect(job).toMatchObject({ kind: 'import', state: 'done', result: { name: 'renamed' } });
  expect(await readManifest(lab.home.datasets, 'renamed')).toMatchObject({ width: 16, source: { detail: 'the folder pets, sent by the page' } });
  expect(rests()).toEqual([]);
  expect(() => jobs.importInspected(inspected.id, {})).toThrow(/not available any more/);
});

test('an inspection that is dismissed leaves nothing', async () => {
  const parts = createJobs();
  const inspected = await sendPets(parts);
  expect(parts.rests()).not.toEqual([]);
  parts.jobs.dismiss(inspected.id);
  expect([parts.rests(), parts.jobs.list()]).toEqual([[], []]);
});

const mnistFiles = (): [string, Buffer][] => {
  const idx = (magic: number, count: number, side: number[]): Buffer => {
    const header = Buffer.alloc(8 + 4 * side.length);
    [magic, count, ...side].forEach((value, at) => header.writeUInt32BE(value, 4 * at));
    return Buffer.concat([header, Buffer.alloc(count * (side.length === 0 ? 1 : 784), 1)]);
  };
  return [['train-images-idx3-ubyte', idx(0x803, 4, [28, 28])], ['train-labels-idx1-ubyte', idx(0x801, 4, [])], ['t10k-images-idx3-ubyte', idx(0x803, 2, [28, 28])], ['t10k-labels-idx1-ubyte', idx(0x801, 2, [])]];
};

test.each([true, false])('the four files of MNIST in one drop are one data set, beside another file (compressed: %s)', async (compressed) => {
  const { jobs, uploads, rests } = createJobs();
  const ids: string[] = [await send(uploads, 'other.zip', Buffer.from('zip'))];
  for (const [name, bytes] of mnistFiles()) ids.push(await send(uploads, compressed ? `${name}.gz` : name, compressed ? gzipSync(bytes) : bytes));
  const [first, second, ...others] = await Promise.all((await jobs.inspectUploads(ids)).map((job) => ended(jobs, job)));
  expect(others).toEqual([]);
  expect(first).toMatchObject({ state: 'done', result: { inspection: { name: 'mnist', official: false, splits: [{ name: 'train' }, { name: 'test' }] } } });
  expect(second).toMatchObject({ state: 'failed', name: 'other.zip' });
  expect(() => jobs.importInspected(first!.id, {})).toThrow(/explicit confirmation/);
  expect(await ended(jobs, jobs.importInspected(first!.id, { confirmed: true }))).toMatchObject({ state: 'done', result: { name: 'mnist' } });
  expect(rests()).toEqual([]);
});

test('where some of MNIST\'s files are missing, those alone are named as missing, and no folder of ours', async () => {
  const { jobs, uploads, lab } = createJobs();
  const ids = await Promise.all(mnistFiles().slice(0, 2).map(([name, bytes]) => send(uploads, name, bytes)));
  const [job] = await jobs.inspectUploads(ids);
  const { error } = await ended(jobs, job!);
  expect(error?.message).toMatch(/t10k-images-idx3-ubyte\.gz, t10k-labels-idx1-ubyte\.gz are missing/);
  expect(error?.message).not.toContain(lab.home.root);
});

test('a folder that leads outside, or is none, is refused and nothing stays', async () => {
  const { jobs, uploads, lab, rests } = createJobs();
  for (const paths of [['../../out.png'], ['a/1.png', 'b/1.png'], []]) {
    const [job] = await jobs.inspectUploads([await sendFolder(uploads, paths.map((path) => ({ path, content: Buffer.from('x') })))], { folder: true });
    expect(await ended(jobs, job!)).toMatchObject({ state: 'failed', error: { code: 'DATASET_DAMAGED' } });
  }
  expect([rests(), existsSync(join(lab.home.root, 'out.png')), existsSync(join(lab.home.root, '..', 'out.png'))]).toEqual([[], false, false]);
});

test('what cannot be imported is called as it was called in the page, not by its place here', async () => {
  const { jobs, uploads, lab } = createJobs();
  const folder = await jobs.inspectUploads([await sendFolder(uploads, [{ path: 'pets/notes/a.txt', content: Buffer.from('x') }])], { folder: true });
  const spoiled = await jobs.inspectUploads([await send(uploads, 'spoiled.zip', Buffer.from('zip'))]);
  for (const [job, name] of [[folder[0]!, 'pets'], [spoiled[0]!, 'spoiled.zip']] as const) {
    const { error } = await ended(jobs, job);
    expect([error?.code, error?.message.startsWith(`${name} `), error?.message.includes(lab.home.root)]).toEqual(['DATASET_DAMAGED', true, false]);
  }
});
