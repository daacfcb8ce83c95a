// Prebuilt bindings: only those from the same sources are taken, and what a trainer may have mapped is not written over.
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { bindingHash, bindingPath, buildTensorflowBinding, prebuiltName } from '../../../../src-main/training/engines/tensorflow/build.ts';
import { scratchFolder } from '#test/scratch.ts';

afterEach(() => { vi.unstubAllEnvs(); });

/** An engine's folder without libraries, and a folder of bindings that holds files of these names. */
function prepare(...names: string[]): { folder: string; bindings: string } {
  const [folder, bindings] = [join(scratchFolder(), 'tensorflow-2.21.0-cpu'), scratchFolder()];
  mkdirSync(dirname(bindingPath(folder)), { recursive: true });
  for (const name of names) writeFileSync(join(bindings, name), 'prebuilt');
  vi.stubEnv('VSGD_LAB_BINDINGS', bindings);
  return { folder, bindings };
}

test('the name of a prebuilt binding says what it was made of', () => {
  expect(prebuiltName('2.21.0')).toBe(`${process.platform}-${process.arch}-2.21.0-${bindingHash().slice(0, 16)}.node`);
});

test('one of another version of VSGD Lab is not taken; what is missing says so', async () => {
  const others = [`${process.platform}-${process.arch}-2.21.0.node`, `${process.platform}-${process.arch}-2.21.0-0123456789abcdef.node`];
  const { folder } = prepare(...others, `plan9-x64-2.21.0.node`);
  const refusal = buildTensorflowBinding({ folder });
  await expect(refusal).rejects.toMatchObject({ code: 'ENGINE_UNUSABLE' });
  await expect(refusal).rejects.toThrow(`there is no prebuilt one (${prebuiltName('2.21.0')} in the folder that VSGD_LAB_BINDINGS names, or in resources/bindings; what is there belongs to another version of VSGD Lab: ${others.toSorted().join(', ')}). Missing:`);
  expect(existsSync(bindingPath(folder))).toBe(false);
});

test('it is renamed into its place: whoever has the old one open keeps it', async () => {
  const { folder } = prepare(prebuiltName('2.21.0'));
  writeFileSync(bindingPath(folder), 'in use');
  const open = openSync(bindingPath(folder), 'r');
  onTestFinished(() => closeSync(open));
  expect(await buildTensorflowBinding({ folder })).toMatchObject({ prebuilt: true });
  expect([readFileSync(open, 'utf8'), readFileSync(bindingPath(folder), 'utf8')]).toEqual(['in use', 'prebuilt']);
  expect(readdirSync(dirname(bindingPath(folder)))).toEqual(['vsgd_tensorflow.node']);
});

test('one that does not work is left out when asked', async () => {
  const { folder } = prepare(prebuiltName('2.21.0'));
  await expect(buildTensorflowBinding({ folder, compile: true })).rejects.toThrow('cannot be compiled here, and the prebuilt one does not work. Missing:');
});

test('a variable that names no folder does no harm', async () => {
  const { folder } = prepare();
  for (const value of ['', '/nowhere', bindingPath(folder)]) {
    vi.stubEnv('VSGD_LAB_BINDINGS', value);
    await expect(buildTensorflowBinding({ folder })).rejects.toThrow('or in resources/bindings');
  }
});
