// `node scripts/binding.ts --name`: the file that a download page is searched for.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { prebuiltName } from '../../src-main/training/engines/tensorflow/build.ts';

const script = fileURLToPath(new URL('../../scripts/binding.ts', import.meta.url));

test('the name of this platform\'s binding, for the TensorFlow of releases or another', () => {
  const ask = (env: Record<string, string>) => spawnSync(process.execPath, [script, '--name'], { env: { PATH: '', ...env }, encoding: 'utf8' });
  expect(ask({})).toMatchObject({ status: 0, stdout: `${prebuiltName('2.21.0')}\n`, stderr: '' });
  expect(ask({ TENSORFLOW_VERSION: '2.20.0' }).stdout).toBe(`${prebuiltName('2.20.0')}\n`);
});
