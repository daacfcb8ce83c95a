// Hostile and damaged archives (faults.md 35-42): refused whole, nothing listed, nothing outside, retried cleanly.
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { importDataset, installDataset, listDatasets } from '#datasets';
import { recognise } from '../../src-main/datasets/install/recognise.ts';
import { cifar10Batch, cifar10Entries, tarEntry, tarGz, zip, type TarEntry, type ZipItem } from '#test/archives.ts';
import { scratchFolder } from '#test/scratch.ts';

/** Offers `bytes` as the archive of CIFAR-10 or Tiny ImageNet; gives the error; asserts that nothing is left. */
async function refusal(bytes: Buffer, name: 'cifar10' | 'tiny-imagenet-200'): Promise<{ code: string; message: string }> {
  const folder = scratchFolder();
  const file = join(folder, name === 'cifar10' ? 'cifar-10-binary.tar.gz' : 'tiny-imagenet-200.zip');
  writeFileSync(file, bytes);
  const root = join(folder, 'datasets');
  const error = await installDataset({ root, downloads: join(folder, 'downloads'), name, mirror: folder, acceptDigest: true }).then(
    () => { throw new Error('it was installed'); },
    (thrown: { code: string; message: string }) => thrown,
  );
  expect(readdirSync(root)).toEqual([]);
  expect(readdirSync(folder).filter((item) => item !== 'datasets')).toEqual([file.slice(folder.length + 1)]);
  expect((await listDatasets(root)).every(({ state }) => state === 'absent')).toBe(true);
  return error;
}

const extra = (entry: TarEntry): Buffer => tarGz([...cifar10Entries(2), entry]);

describe('tar', () => {
  const hostile: [string, TarEntry, RegExp][] = [
    ['a step out', { name: '../evil' }, /step out/],
    ['an inner step out', { name: 'a/../../evil' }, /step out/],
    ['an absolute path', { name: '/etc/evil' }, /absolute/],
    ['a symlink', { name: 'link', type: '2', link: '/etc/passwd' }, /symbolic link/],
    ['a hard link', { name: 'link', type: '1', link: '../../evil' }, /hard link/],
    ['a FIFO', { name: 'pipe', type: '6' }, /FIFO/],
    ['a device', { name: 'dev', type: '3' }, /device/],
    ['setuid', { name: 'su', mode: 0o4755 }, /special permissions/],
    ['a long name', { name: '././@LongLink', type: 'L', content: Buffer.from('x'.repeat(1000)) }, /empty part|long name/],
    ['too many folders', { name: `${'a/'.repeat(40)}b` }, /folders/],
    ['a negative size', { name: 'n', size: '\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff' }, /negative/],
    ['a PAX size', { name: 'pax', type: 'x', content: Buffer.from('12 size=-99\n') }, /"size"/],
    ['a PAX path', { name: 'pax', type: 'x', content: Buffer.from('15 path=../evil\n') }, /"path"/],
    ['a duplicate', { name: 'cifar-10-batches-bin/test_batch.bin', content: cifar10Batch(2) }, /twice/],
    ['a duplicate by case', { name: 'cifar-10-batches-bin/TEST_batch.bin' }, /twice/],
  ];
  test.each(hostile)('%s', async (_, entry, message) => {
    const error = await refusal(extra(entry), 'cifar10');
    expect(error.code).toBe('DATASET_HOSTILE');
    expect(error.message).toMatch(message);
  });

  test('a gzip bomb stops at the cap', async () => {
    const bomb = gzipSync(Buffer.concat([tarEntry({ name: 'zeros', size: 8 ** 11 - 1 }), Buffer.alloc(300_000_000)]), { level: 1 });
    expect((await refusal(bomb, 'cifar10')).code).toBe('DATASET_HOSTILE');
  });

  test('too many entries', async () => {
    const entries = Array.from({ length: 10_001 }, (_, index) => ({ name: `file${index}`, content: randomBytes(8) }));
    expect((await refusal(tarGz(entries), 'cifar10')).message).toMatch(/entries|grows/);
  });

  const whole = tarGz(cifar10Entries(20));
  const flipped = Buffer.from(whole);
  flipped[whole.length >> 1] = (flipped[whole.length >> 1] as number) ^ 4;
  const damaged: [string, Buffer, RegExp][] = [
    ['empty', Buffer.alloc(0), /empty/],
    ['a web page', Buffer.from('<!DOCTYPE html><p>Sorry'), /web page/],
    ['cut', whole.subarray(0, whole.length / 2), /too early|cut/],
    ['cut in its last bytes', whole.subarray(0, whole.length - 3), /too early|cut/],
    ['a flipped bit', flipped, /flipped|wrong|class/],
    ['junk behind it', Buffer.concat([whole, Buffer.from('junk')]), /behind the end/],
    ['junk behind the end mark', gzipSync(Buffer.concat([...cifar10Entries(2).map(tarEntry), Buffer.alloc(1024), Buffer.from('junk')])), /behind its end/],
    ['without end mark', gzipSync(Buffer.concat(cifar10Entries(2).map(tarEntry))), /end mark/],
  ];
  test.each(damaged)('damaged: %s', async (_, bytes, message) => {
    const error = await refusal(bytes, 'cifar10');
    expect(error.code).toBe('DATASET_DAMAGED');
    expect(error.message).toMatch(message);
  });

  test('wrong content: the first five faults are listed', async () => {
    const entries = cifar10Entries(4).map((entry) => (entry.name.includes('data_batch') ? { ...entry, content: cifar10Batch(4, { label: 200 }) } : entry));
    const error = await refusal(tarGz(entries), 'cifar10');
    expect(error.message.match(/has the class 200/g)).toHaveLength(5);
  });

  test('a missing batch and a wrong record size', async () => {
    const entries = cifar10Entries(4).filter(({ name }) => !name.includes('batch_2'));
    (entries[2] as TarEntry).content = cifar10Batch(4).subarray(0, 5000);
    const { message } = await refusal(tarGz(entries), 'cifar10');
    expect(message).toMatch(/data_batch_2\.bin is missing/);
    expect(message).toMatch(/whole records/);
  });

  test('after a refusal the right archive installs at once', async () => {
    const folder = scratchFolder();
    const file = join(folder, 'cifar-10-binary.tar.gz');
    const root = join(folder, 'datasets');
    for (const bytes of [whole.subarray(0, 9000), extra({ name: '../x' }), flipped]) {
      writeFileSync(file, bytes);
      await expect(importDataset({ root, path: file, acceptDigest: true })).rejects.toThrow();
    }
    writeFileSync(file, whole);
    await importDataset({ root, path: file, acceptDigest: true });
    expect(readdirSync(root)).toEqual(['cifar10']);
  });

  test('an archive that is looked into and left many times over is let go of each time', async () => {
    const file = join(scratchFolder(), 'cifar-10-binary.tar.gz');
    for (let round = 0; round < 60; round += 1) {
      writeFileSync(file, whole.subarray(0, round % 2 === 0 ? 9000 : whole.length));
      await Promise.all(Array.from({ length: 4 }, () => recognise(file).catch(() => null)));
    }
  });
});

describe('zip', () => {
  const first: ZipItem = { name: 'tiny-imagenet-200/wnids.txt', content: Buffer.from('n00000001\n') };
  const names = ['../evil', '/evil', 'C:/evil', 'a\\b', 'a\0b', 'x:ads', 'CON', 'a/NUL.txt', 'dot.', 'space ', 'a//b', `${'x'.repeat(300)}`, 'tiny-imagenet-200/WNIDS.txt', Buffer.from([0x61, 0xff])];
  test.each(names)('the name %j', async (name) => {
    expect((await refusal(zip([first, { name }]), 'tiny-imagenet-200')).code).toBe('DATASET_HOSTILE');
  });

  const cases: [string, Buffer, RegExp][] = [
    ['NFC collision', zip([first, { name: 'caf\u00e9' }, { name: 'cafe\u0301' }]), /twice/],
    ['a symlink', zip([first, { name: 'l', mode: 0o120777, content: Buffer.from('/etc') }]), /link/],
    ['setuid', zip([first, { name: 's', mode: 0o104755 }]), /special/],
    ['overlap', zip([first, { name: 'o', content: Buffer.from('x'), offset: 0 }]), /overlaps/],
    ['a second name', zip([{ ...first, localName: '../../../../../../../evil12' }]), /second name|overlaps/],
    ['encrypted', zip([{ ...first, flags: 1 }]), /encrypted/],
    ['a bomb', zip([first, { name: 'b', content: Buffer.alloc(15_000_000) }]), /grows/],
    ['a size beyond the cap', zip([first, { name: 'b', size: 2_000_000_000 }]), /at most/],
    ['a wrong CRC', zip([{ ...first, crc: 1 }]), /checksum/],
    ['a wrong length', zip([{ ...first, size: 9 }]), /does not unpack|checksum/],
    ['cut', zip([first]).subarray(0, 60), /end mark/],
    ['junk behind it', zip([first], { tail: Buffer.from('junk') }), /behind it/],
    ['missing lists', zip([first]), /words\.txt is missing/],
  ];
  test.each(cases)('%s', async (_, bytes, message) => {
    expect((await refusal(bytes, 'tiny-imagenet-200')).message).toMatch(message);
  });

  test('more empty entries than allowed, and a lie about their number', async () => {
    const bytes = zip(Array.from({ length: 131_000 }, (_, index) => ({ name: `e${index}` })), { declared: 5 });
    expect((await refusal(bytes, 'tiny-imagenet-200')).message).toMatch(/entries/);
  });
});
