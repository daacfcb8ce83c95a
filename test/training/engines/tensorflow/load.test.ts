// What is said of a binding that is missing or old: the command that makes it anew names the engine in whose folder it was looked for.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { TensorflowManifest } from '#contract';
import { bindingPath } from '../../../../src-main/training/engines/tensorflow/build.ts';
import { loadBinding } from '../../../../src-main/training/engines/tensorflow/load.ts';
import { scratchFolder } from '#test/scratch.ts';

test.each([['cpu', '"vsgd-lab engines install tensorflow"'], ['cuda', '"vsgd-lab engines install tensorflow-cuda"']] as const)('of the %s engine', (flavour, command) => {
  const folder = join(scratchFolder(), `tensorflow-2.21.0-${flavour}`);
  mkdirSync(join(folder, 'binding'), { recursive: true });
  const load = () => loadBinding({ folder, device: 'cpu', threads: 0, tf32: true });
  expect(load).toThrow(`has no binding: ${bindingPath(folder)} is missing. Install it again with ${command}.`);
  writeFileSync(bindingPath(folder), 'old');
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ format: 1, name: 'tensorflow', version: '2.21.0', flavour, bindingHash: 'older', source: 'a test', installedAt: '' } satisfies TensorflowManifest));
  expect(load).toThrow(`belongs to another version of VSGD Lab. Make it anew with ${command}: the libraries stay`);
});
