// Files that come in piece by piece: whole, in order, or not at all; nothing is left behind.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, onTestFinished, test } from 'vitest';
import { readManifest } from '#datasets';
import { DatasetJobs, openLab } from '#services';
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

test('no more than four at a time, and none larger than the disk', async () => {
  const { uploads } = createJobs();
  for (const name of ['a', 'b', 'c', 'd']) await uploads.begin({ name, size: 1 });
  await expect(uploads.begin({ name: 'e', size: 1 })).rejects.toMatchObject({ code: 'CONFLICT' });
  const other = createJobs().uploads;
  await expect(other.begin({ name: 'a', size: 2 ** 60 })).rejects.toMatchObject({ code: 'DISK_FULL' });
});

test('what was cancelled, what was spoiled, and what an earlier process left is thrown away', async () => {
  const { jobs, uploads, lab, rests } = createJobs();
  await uploads.cancel(await uploads.begin({ name: 'a', size: 1 }));
  expect(rests()).toEqual([]);
  const id = await uploads.begin({ name: 'spoiled.zip', size: 3 });
  await uploads.append(id, { offset: 0, bytes: Buffer.from('zip') });
  const job = await jobs.importUpload(id, {});
  await expect.poll(() => jobs.list().find((one) => one.id === job.id)?.state).toBe('failed');
  expect([job.name, rests()]).toEqual(['spoiled.zip', []]);
  writeFileSync(join(lab.home.downloads, 'upload-old'), 'rest');
  new DatasetJobs(lab);
  expect(rests()).toEqual([]);
});

async function sendFolder(uploads: DatasetJobs['uploads'], entries: { path: string; content: Buffer }[]): Promise<string> {
  const bytes = Buffer.from(await tarOf('pets', entries.map(({ path, content }) => ({ path, file: new File([new Uint8Array(content)], 'x') }))).arrayBuffer());
  const id = await uploads.begin({ name: 'pets.tar', size: bytes.length });
  await uploads.append(id, { offset: 0, bytes });
  return id;
}

test('a folder that came as a tar becomes a data set of its name; where it came from is kept, its files are not', async () => {
  const { jobs, uploads, lab, rests } = createJobs();
  const picture = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } }).png().toBuffer();
  const id = await sendFolder(uploads, ['cat/1', 'cat/2', 'dog/1', 'dog/2'].map((name) => ({ path: `pets/${name}.png`, content: picture })));
  const job = await jobs.importUpload(id, { folder: true, xDim: 8 });
  await expect.poll(() => jobs.list().find((one) => one.id === job.id)).toMatchObject({ state: 'done', name: 'pets', result: { name: 'pets' } });
  expect((await readManifest(lab.home.datasets, 'pets')).source.detail).toBe('the folder pets, sent by the page');
  expect(rests()).toEqual([]);
});

test('a folder that leads outside, or is none, is refused and nothing stays', async () => {
  const { jobs, uploads, lab, rests } = createJobs();
  for (const paths of [['../../out.png'], ['a/1.png', 'b/1.png'], []]) {
    const job = await jobs.importUpload(await sendFolder(uploads, paths.map((path) => ({ path, content: Buffer.from('x') }))), { folder: true });
    await expect.poll(() => jobs.list().find((one) => one.id === job.id)).toMatchObject({ state: 'failed', error: { code: 'DATASET_DAMAGED' } });
  }
  expect([rests(), existsSync(join(lab.home.root, 'out.png')), existsSync(join(lab.home.root, '..', 'out.png'))]).toEqual([[], false, false]);
});

test('what cannot be imported is called as it was called in the page, not by its place here', async () => {
  const { jobs, uploads, lab } = createJobs();
  const folder = await jobs.importUpload(await sendFolder(uploads, [{ path: 'pets/notes/a.txt', content: Buffer.from('x') }]), { folder: true });
  const file = await uploads.begin({ name: 'spoiled.zip', size: 3 });
  await uploads.append(file, { offset: 0, bytes: Buffer.from('zip') });
  const spoiled = await jobs.importUpload(file, {});
  for (const [job, name] of [[folder, 'pets'], [spoiled, 'spoiled.zip']] as const) {
    await expect.poll(() => jobs.list().find((one) => one.id === job.id)?.state).toBe('failed');
    const { error } = jobs.list().find((one) => one.id === job.id)!;
    expect([error?.code, error?.message.startsWith(`${name} `), error?.message.includes(lab.home.root)]).toEqual(['DATASET_DAMAGED', true, false]);
  }
});
