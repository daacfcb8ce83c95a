// Names, versions and platforms of wheels; pip's configuration; credentials that stay where they belong.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseIndex, parsePipConfiguration, readIndexConfiguration } from '../../../src-main/installer/packageIndex/configuration.ts';
import { listProject, parsePage } from '../../../src-main/installer/packageIndex/pages.ts';
import { compareNumbers, fitsPlatform, meets, parseWheelName, releaseNumbers } from '../../../src-main/installer/packageIndex/wheels.ts';
import { startPackageIndex, tensorflowWheel, wheelFile } from '#test/packageIndex.ts';
import { scratchFolder } from '#test/scratch.ts';

test('names of wheels', () => {
  expect(parseWheelName('tensorflow_cpu-2.20.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl')).toEqual({ project: 'tensorflow-cpu', version: '2.20.0', platforms: ['manylinux_2_17_x86_64', 'manylinux2014_x86_64'] });
  for (const bad of ['../x-1-py3-none-any.whl', 'x-1.tar.gz', 'x-1-any.whl', '.x-1-py3-none-any.whl', 'a/x-1-py3-none-any.whl', 'x-1-py3-none-any.whl.part']) expect(parseWheelName(bad)).toBeNull();
});

test('releases and requirements', () => {
  expect([releaseNumbers('2.21.0'), releaseNumbers('2.21.0rc1'), releaseNumbers('1.0.post2'), releaseNumbers('1.dev3')]).toEqual([[2, 21, 0], null, [1, 0, 2], null]);
  expect([compareNumbers([2, 9], [2, 21]) < 0, compareNumbers([12, 5], [12, 5, 0]) === 0]).toEqual([true, true]);
  expect(['<13.0,>=12.5.3.2', '==12.9.1', '>=12.9.2', '~=12.9', '!=12.9.1'].map((requirement) => meets([12, 9, 1], requirement))).toEqual([true, true, false, false, false]);
});

test('platforms: only this system, this processor, and no newer system than this', () => {
  const linux = { system: 'linux', arch: 'x64', glibc: [2, 27], macos: null };
  const mac = { system: 'darwin', arch: 'arm64', glibc: null, macos: [14, 0] };
  expect(['manylinux_2_27_x86_64', 'manylinux2014_x86_64', 'manylinux1_x86_64', 'any', 'manylinux_2_28_x86_64', 'manylinux_2_17_aarch64', 'win_amd64', 'musllinux_1_2_x86_64'].map((tag) => fitsPlatform(tag, linux))).toEqual([true, true, true, true, false, false, false, false]);
  expect(['macosx_12_0_arm64', 'macosx_15_0_arm64', 'macosx_12_0_x86_64', 'macosx_10_9_universal2', 'manylinux_2_17_aarch64'].map((tag) => fitsPlatform(tag, mac))).toEqual([true, false, false, true, false]);
});

test('pip\'s files and variables, the stronger last; credentials leave the address', () => {
  const home = scratchFolder();
  mkdirSync(join(home, '.config', 'pip'), { recursive: true });
  writeFileSync(join(home, '.config', 'pip', 'pip.conf'), '[global]\n# a remark\nindex-url = https://user:p%40ss@mirror.example/simple/\nextra-index-url =\n    https://one.example/simple\n    https://two.example/simple\n[list]\nindex-url = https://wrong.example\n');
  const { indexes } = readIndexConfiguration({ HOME: home });
  expect(indexes).toEqual([
    { address: 'https://mirror.example/simple/', authorization: `Basic ${Buffer.from('user:p@ss').toString('base64')}` },
    { address: 'https://one.example/simple/', authorization: null }, { address: 'https://two.example/simple/', authorization: null },
  ]);
  writeFileSync(join(home, 'own.conf'), '[install]\nindex_url: https://own.example/simple\nextra-index-url=\n');
  expect(readIndexConfiguration({ HOME: home, PIP_CONFIG_FILE: join(home, 'own.conf') }).indexes.map(({ address }) => address)).toEqual(['https://own.example/simple/']);
  expect(readIndexConfiguration({ HOME: home, PIP_INDEX_URL: 'https://variable.example/simple', PIP_EXTRA_INDEX_URL: 'https://more.example/s' }).indexes.map(({ address }) => address)).toEqual(['https://variable.example/simple/', 'https://more.example/s/']);
  expect(readIndexConfiguration({ HOME: home, PIP_CONFIG_FILE: '/dev/null' }).indexes).toEqual([{ address: 'https://pypi.org/simple/', authorization: null }]);
  expect(parsePipConfiguration('[install]\r\ntrusted-host = a b\r\n').get('trusted-host')).toBe('a b');
});

test('plain http is for loopback and trusted hosts; no message holds a password', () => {
  expect(() => parseIndex('http://user:secret@index.example/simple')).toThrow(/not asked over http/);
  expect(() => parseIndex('http://user:secret@index.example/simple')).not.toThrow(/secret/);
  expect(() => parseIndex('ftp://user:secret@index.example/simple')).not.toThrow(/secret/);
  expect(parseIndex('http://index.example/simple', ['index.example']).address).toBe('http://index.example/simple/');
  expect(parseIndex('http://127.0.0.1:9/simple').address).toBe('http://127.0.0.1:9/simple/');
});

test('credentials go to the index\'s own host, and to no other', async () => {
  const index = await startPackageIndex({ 'tensorflow-cpu': [{ file: wheelFile('tensorflow_cpu', '2.21.0'), content: tensorflowWheel() }] });
  onTestFinished(() => index.close());
  const signedIn = parseIndex(index.index.replace('//', '//me:word@'));
  const files = await listProject('tensorflow_cpu', signedIn, { ca: null });
  expect(index.requests[0]?.authorization).toBe(signedIn.authorization);
  expect(files?.[0]).toMatchObject({ authorization: signedIn.authorization, address: expect.not.stringContaining('word') as string });
  const elsewhere = parsePage({ type: 'text/html', base: `${index.index}/x/`, text: '<a href="https://files.example/x-1-py3-none-any.whl">x-1-py3-none-any.whl</a><a href="javascript:x">y</a>' }, signedIn.authorization);
  expect(elsewhere).toMatchObject([{ authorization: null, sha256: null, yanked: false }]);
  await index.close();
  await expect(listProject('tensorflow', signedIn, { ca: null })).rejects.toSatisfy((error: Error) => !error.message.includes('word'));
});
