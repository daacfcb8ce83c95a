// Downloads against a mirror that misbehaves (faults.md 44): resumed or begun again, never wrong, never unbounded.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { downloadFile, type DownloadOptions } from '../../../src-main/datasets/download/download.ts';
import { startMirror, type Mirror, type MirrorFault } from '#test/mirror.ts';
import { scratchFolder } from '#test/scratch.ts';

const content = randomBytes(300_000);

type Setup = { mirror: Mirror; file: string; options: DownloadOptions };

async function setup(...faults: MirrorFault[]): Promise<Setup> {
  const mirror = await startMirror({ 'a.bin': content });
  onTestFinished(() => mirror.close());
  mirror.faults.push(...faults);
  const file = join(scratchFolder(), 'a.bin');
  return { mirror, file, options: { address: `${mirror.address}/a.bin`, file, bytes: content.length, stallMs: 150, retries: 3, backoffMs: 1 } };
}

const sha = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

test.each<[string, MirrorFault[], (string | undefined)[]]>([
  ['in one go', [], [undefined]],
  ['a cut is resumed', [{ kind: 'cut', after: 100_000 }], [undefined, 'bytes=']],
  ['silence is cut and resumed', [{ kind: 'stall', after: 100_000 }], [undefined, 'bytes=']],
  ['server errors are waited out', [{ kind: 'status', status: 500 }, { kind: 'status', status: 503 }], [undefined, undefined, undefined]],
  ['a wrong range begins again', [{ kind: 'cut', after: 100_000 }, { kind: 'wrong range' }], [undefined, 'bytes=', undefined]],
  ['416 begins again', [{ kind: 'cut', after: 100_000 }, { kind: 'status', status: 416 }], [undefined, 'bytes=', undefined]],
  ['a length that is never reached', [{ kind: 'cut', after: 299_999 }, { kind: 'cut', after: 0 }], [undefined, 'bytes=']],
])('%s', async (_, faults, ranges) => {
  const { mirror, file, options } = await setup(...faults);
  await downloadFile(options);
  expect(sha(readFileSync(file))).toBe(sha(content));
  expect(existsSync(`${file}.part`) || existsSync(`${file}.part.json`)).toBe(false);
  ranges.forEach((range, index) => expect(mirror.requests[index]?.range?.slice(0, 6)).toBe(range));
});

test('a file that changed meanwhile is fetched anew', async () => {
  const other = randomBytes(200_000);
  const { file, options } = await setup({ kind: 'cut', after: 100_000 }, { kind: 'changed', content: other });
  await downloadFile(options);
  expect(sha(readFileSync(file))).toBe(sha(other));
});

test('it is resumed by another call, after the first gave up', async () => {
  const { mirror, file, options } = await setup({ kind: 'cut', after: 100_000 });
  await expect(downloadFile({ ...options, retries: 0 })).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED' });
  await downloadFile(options);
  expect(mirror.requests[1]?.range).toMatch(/^bytes=[1-9]/);
  expect(sha(readFileSync(file))).toBe(sha(content));
});

test.each(['file:///etc/passwd', 'http://example.invalid/a.bin', 'ftp://127.0.0.1/a', 'http://127.0.0.1:1/other-port'])('a redirect to %s is refused', async (location) => {
  const { mirror, file, options } = await setup({ kind: 'redirect', location });
  await expect(downloadFile(options)).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED' });
  expect(mirror.requests).toHaveLength(1);
  expect(existsSync(file)).toBe(false);
});

test('a redirect within a loopback mirror is followed', async () => {
  const { file, options } = await setup({ kind: 'redirect', location: '/a.bin' });
  await downloadFile(options);
  expect(sha(readFileSync(file))).toBe(sha(content));
});

test('it gives up after its tries, and says so', async () => {
  const { mirror, options } = await setup(...Array.from({ length: 9 }, (): MirrorFault => ({ kind: 'status', status: 500 })));
  await expect(downloadFile(options)).rejects.toThrow(/500.*Try again/s);
  expect(mirror.requests).toHaveLength(4);
});

test('far more than expected is not fetched', async () => {
  const { options, file } = await setup();
  await expect(downloadFile({ ...options, bytes: 1000 })).rejects.toThrow(/300000 bytes; 1000 are expected/);
  expect(readdirSync(join(file, '..')).filter((name) => name === 'a.bin')).toEqual([]);
});

test('not enough space is found before the first byte', async () => {
  const { mirror, options } = await setup();
  await expect(downloadFile({ ...options, bytes: 1e18 })).rejects.toMatchObject({ code: 'DISK_FULL' });
  expect(mirror.requests).toHaveLength(0);
});

test('it is cancelled while waiting, and goes on later', async () => {
  const { mirror, file, options } = await setup({ kind: 'stall', after: 100_000 });
  const cancel = new AbortController();
  const onProgress = ({ done }: { done: number }): void => { if (done >= 100_000) cancel.abort(); };
  await expect(downloadFile({ ...options, signal: cancel.signal, stallMs: 60_000, onProgress })).rejects.toMatchObject({ code: 'CANCELLED' });
  await downloadFile(options);
  expect(mirror.requests[1]?.range).toBe('bytes=100000-');
  expect(sha(readFileSync(file))).toBe(sha(content));
});

test('a partial file whose companion is gone or of another address is not trusted', async () => {
  const { file, options } = await setup();
  writeFileSync(`${file}.part`, randomBytes(1000));
  writeFileSync(`${file}.part.json`, JSON.stringify({ address: 'http://else/', etag: '"1"', lastModified: null, total: 300_000 }));
  await downloadFile(options);
  expect(sha(readFileSync(file))).toBe(sha(content));
});
