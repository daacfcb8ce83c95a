// Prebuilt bindings: only those from the same sources are taken, and what a trainer may have mapped is not written over.
import { spawnSync } from 'node:child_process';
import { closeSync, copyFileSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
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

test('one of another version of VSGD Lab or TensorFlow is not taken; what is missing says so', async () => {
  const others = [`${process.platform}-${process.arch}-2.21.0.node`, `${process.platform}-${process.arch}-2.21.0-0123456789abcdef.node`, prebuiltName('2.20.0')];
  const { folder } = prepare(...others, `plan9-x64-2.21.0.node`);
  const refusal = buildTensorflowBinding({ folder });
  await expect(refusal).rejects.toMatchObject({ code: 'ENGINE_UNUSABLE' });
  await expect(refusal).rejects.toThrow(`there is no prebuilt one (${prebuiltName('2.21.0')} in the folder that VSGD_LAB_BINDINGS names, or in resources/bindings; for another version of VSGD Lab or of TensorFlow there is ${others.toSorted().join(', ')}). Missing:`);
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

test('in the packaged app the sources and the bindings are those beside the archive, which a compiler can read', () => {
  const app = scratchFolder();
  const sources = fileURLToPath(new URL('../../../../src-main', import.meta.url));
  const engines = (part: string) => join(app, part, 'src-main', 'training', 'engines');
  for (const folder of [join(engines('app.asar'), 'tensorflow'), join(engines('app.asar.unpacked'), 'tensorflowNative'), join(app, 'app.asar.unpacked', 'resources', 'bindings')]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(app, 'app.asar', 'package.json'), JSON.stringify({ type: 'module', imports: { '#contract': './src-main/contract/index.ts' } }));
  symlinkSync(join(sources, 'contract'), join(app, 'app.asar', 'src-main', 'contract'));
  for (const file of ['installed.ts', 'tensorflow/build.ts']) copyFileSync(join(sources, 'training', 'engines', file), join(engines('app.asar'), file));
  writeFileSync(join(engines('app.asar.unpacked'), 'tensorflowNative', 'module.cc'), '// a source');
  writeFileSync(join(app, 'program.mjs'), `import { copyFileSync } from 'node:fs';
    import { buildTensorflowBinding, prebuiltName } from ${JSON.stringify(join(engines('app.asar'), 'tensorflow', 'build.ts'))};
    copyFileSync(import.meta.filename, ${JSON.stringify(join(app, 'app.asar.unpacked', 'resources', 'bindings'))} + '/' + prebuiltName('2.21.0'));
    console.log(JSON.stringify(await buildTensorflowBinding({ folder: ${JSON.stringify(join(app, 'tensorflow-2.21.0-cpu'))} })));`);
  const { stdout, stderr } = spawnSync(process.execPath, [join(app, 'program.mjs')], { encoding: 'utf8', env: { PATH: '' } });
  expect([stdout.trim(), stderr]).toEqual([expect.stringMatching(/^\{"bindingHash":"[0-9a-f]{64}","prebuilt":true\}$/), '']);
});

test('a variable that names no folder does no harm', async () => {
  const { folder } = prepare();
  for (const value of ['', '/nowhere', bindingPath(folder)]) {
    vi.stubEnv('VSGD_LAB_BINDINGS', value);
    await expect(buildTensorflowBinding({ folder })).rejects.toThrow('or in resources/bindings');
  }
});
