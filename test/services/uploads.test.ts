// Files that come in piece by piece: whole, in order, or not at all; nothing is left behind.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { DatasetJobs, openLab } from '#services';
import { scratchFolder } from '#test/scratch.ts';

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
