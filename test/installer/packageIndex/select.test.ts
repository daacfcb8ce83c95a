// What the index has instead of a version that it does not have: the newest for this computer.
import { expect, test } from 'vitest';
import { readIndexConfiguration } from '../../../src-main/installer/packageIndex/configuration.ts';
import { findWheel } from '../../../src-main/installer/packageIndex/select.ts';
import { linux, serve, wheelName } from '#test/installerHome.ts';
import { wheelFile, type Listed } from '#test/packageIndex.ts';

const listed = (...files: string[]): Listed[] => files.map((file) => ({ file, content: Buffer.from('x') }));
const ask = (index: string) => findWheel({ projects: ['tensorflow-cpu', 'tensorflow'], requirement: '>=2.16,<2.22', version: '9.9' }, { configuration: readIndexConfiguration({}, index), platform: linux });

test('the newest releases that fit are told, sorted as numbers, without previews, withdrawn ones and other systems\'', async () => {
  const versions = ['2.9.1', '2.10.0', '2.16.1', '2.16.2', '2.17.0', '2.18.0', '2.19.0', '2.20.0', '2.21.0'];
  const { index } = await serve({
    'tensorflow-cpu': [...listed(...versions.map((version) => wheelName(version)), wheelName('2.22.0rc1'), wheelFile('tensorflow_cpu', '2.30.0', 'win_amd64')), { file: wheelName('2.21.1'), content: Buffer.from('x'), yanked: true }],
    tensorflow: listed(wheelName('2.0.4', 'tensorflow'), wheelName('2.21.0', 'tensorflow'), wheelFile('tensorflow', '2.31.0', 'macosx_12_0_arm64')),
  });
  await expect(ask(index)).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('fits linux on x64 (version 9.9, with a SHA-256). The newest that fit are 2.21.0, 2.20.0, 2.19.0, 2.18.0, 2.17.0, 2.16.2, 2.16.1, 2.10.0. Choose another --version') as string });
});

test('where nothing fits, that is told', async () => {
  const { index } = await serve({ 'tensorflow-cpu': listed(wheelFile('tensorflow_cpu', '2.21.0', 'win_amd64')) });
  await expect(ask(index)).rejects.toThrow('No release of it has one. Choose another --version or --index');
});
