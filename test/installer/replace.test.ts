// An engine that works is replaced only by one that works, and what does not work is made anew.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LabError } from '#contract';
import { installTensorflow, readPending } from '#installer';
import { listInstalled } from '#training';
import { zip } from '#test/archives.ts';
import { createHome, install, serve, usual, wheelName, writeWheel, type InstallerHome } from '#test/installerHome.ts';
import { tensorflowWheel } from '#test/packageIndex.ts';

const nowhere = 'http://127.0.0.1:1/';
/** A wheel whose libraries are none. */
const dummy = (version = '2.21.0') => zip(['cc', 'framework'].map((part) => ({ name: `tensorflow/libtensorflow_${part}.so.2`, content: Buffer.from(`dummy ${version}`) })));
const giveWheel = (lab: InstallerHome, name: string, content = dummy()) => installTensorflow({ flavour: 'cpu', wheels: [writeWheel(name, content)] }, lab.context);

/** A home with an engine that works, and an index that answers. */
async function createUsable(): Promise<{ lab: InstallerHome; folder: string; library(): string; index: string }> {
  const lab = createHome();
  const { index } = await serve({ 'tensorflow-cpu': [...(usual()['tensorflow-cpu'] ?? []), { file: wheelName('2.20.0'), content: tensorflowWheel({ version: '2.20.0' }) }] });
  const { folder } = await install(lab, index);
  lab.built.length = lab.tried.length = 0;
  return { lab, folder, index, library: () => readFileSync(join(folder, 'tensorflow', 'libtensorflow_framework.so.2'), 'utf8') };
}

/** What is installed works as before, for a call that must fetch and build nothing. */
async function expectUntouched({ lab, folder, library }: Awaited<ReturnType<typeof createUsable>>): Promise<void> {
  expect(library()).toBe('framework');
  expect(readdirSync(lab.context.engines).filter((name) => name !== 'installing.json')).toEqual(['tensorflow-2.21.0-cpu']);
  lab.built.length = 0;
  expect((await install(lab, nowhere)).folder).toBe(folder);
  expect(lab.built).toEqual([]);
}

describe('beside an engine that works', () => {
  test('a wheel for another system is refused before anything is written', async () => {
    const usable = await createUsable();
    await expect(giveWheel(usable.lab, 'tensorflow-2.21.0-cp312-cp312-macosx_12_0_arm64.whl')).rejects.toMatchObject({ code: 'USAGE', place: { key: '--wheel' } });
    expect(readPending(usable.lab.context.engines)).toBeNull();
    await expectUntouched(usable);
  });

  test('libraries that no binding can be linked with leave it as it is', async () => {
    const usable = await createUsable();
    const { build } = usable.lab.context.tools;
    usable.lab.context.tools.build = () => { throw new LabError('ENGINE_UNUSABLE', 'file format not recognized'); };
    await expect(giveWheel(usable.lab, wheelName('2.21.0'))).rejects.toMatchObject({ code: 'ENGINE_UNUSABLE', message: 'file format not recognized\nThe engine that is installed was left as it is.' });
    usable.lab.context.tools.build = build;
    await expectUntouched(usable);
  });

  test('one that was built and does not compute leaves it as it is, and is not taken up again', async () => {
    const usable = await createUsable();
    const { context } = usable.lab;
    const { probe } = context.tools;
    context.tools.probe = async (name, engines) => (engines === context.engines ? probe(name, engines) : { usable: false, reason: 'It crashed.', device: null });
    await expect(giveWheel(usable.lab, wheelName('2.21.0'))).rejects.toMatchObject({ code: 'ENGINE_UNUSABLE', message: 'The engine that was to be installed cannot be used here: It crashed.\nThe one that is installed works, and was left as it is.' });
    expect(readPending(context.engines)).toBeNull();
    await expectUntouched(usable);
  });

  test('another version takes its place once it was tried itself, be it the older one', async () => {
    const { lab, index } = await createUsable();
    expect((await install(lab, index, { version: '2.20.0' })).manifest.version).toBe('2.20.0');
    expect(lab.tried).toEqual(['2.20.0', '2.20.0']);
    expect(lab.built).toHaveLength(1);
    expect(readdirSync(lab.context.engines)).toEqual(['tensorflow-2.20.0-cpu']);
  });

  test('while a run computes with it nothing takes its place, be it a run that began meanwhile', async () => {
    const usable = await createUsable();
    const { context } = usable.lab;
    let asked = 0;
    context.checkUnused = () => { if ((asked += 1) === 2) throw new LabError('CONFLICT', 'A run computes with it.'); };
    await expect(giveWheel(usable.lab, wheelName('2.21.0'))).rejects.toMatchObject({ code: 'CONFLICT' });
    context.checkUnused = () => { throw new LabError('CONFLICT', 'A run computes with it.'); };
    usable.lab.built.length = 0;
    await expect(giveWheel(usable.lab, wheelName('2.21.0'))).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(usable.lab.built).toEqual([]);
    await expectUntouched(usable);
  });

  test('where that one does not work either, the new one takes its place', async () => {
    const { lab, library } = await createUsable();
    lab.context.tools.probe = async () => ({ usable: false, reason: 'It crashed.', device: null });
    expect((await giveWheel(lab, wheelName('2.21.0'))).probe.usable).toBe(false);
    expect(library()).toBe('dummy 2.21.0');
    expect(lab.built).toHaveLength(1);
  });

  test('killed between the two renames, the next installation puts it back', async () => {
    const usable = await createUsable();
    const former = join(usable.lab.context.engines, '.staging-killed', 'former');
    mkdirSync(former, { recursive: true });
    renameSync(usable.folder, join(former, 'tensorflow-2.21.0-cpu'));
    await install(usable.lab, nowhere);
    await expectUntouched(usable);
  });
});

describe('what does not work', () => {
  test('libraries of a given wheel that never got a binding are not trusted: the next call asks the index', async () => {
    const lab = createHome();
    const { build } = lab.context.tools;
    lab.context.tools.build = () => { throw new Error('file format not recognized'); };
    await expect(giveWheel(lab, wheelName('2.21.1'), dummy('2.21.1'))).rejects.toThrow('file format not recognized');
    lab.context.tools.build = build;
    const { folder } = await install(lab, (await serve(usual())).index);
    expect(readFileSync(join(folder, 'tensorflow', 'libtensorflow_framework.so.2'), 'utf8')).toBe('framework');
    expect(listInstalled(lab.context.engines).map(({ manifest }) => manifest.version)).toEqual(['2.21.0']);
    expect(lab.tried).toEqual(['2.21.0']);
  });

  test('a binding that does not work is compiled anew, although it is from the same sources', async () => {
    const { lab, folder } = await createUsable();
    writeFileSync(join(folder, 'binding', 'vsgd_tensorflow.node'), 'junk');
    const working = () => readFileSync(join(folder, 'binding', 'vsgd_tensorflow.node'), 'utf8') === 'binding';
    lab.context.tools.probe = async () => (working() ? { usable: true, reason: 'It computes.', device: 'CPU' } : { usable: false, reason: 'file too short', device: null });
    expect((await install(lab, nowhere)).probe.usable).toBe(true);
    expect(lab.built).toEqual([folder]);
  });

  test('a broken binding of an earlier call gives way to a release\'s, and only then to one compiled here', async () => {
    const { lab } = await createUsable();
    const { build } = lab.context.tools;
    const asked: (boolean | undefined)[] = [];
    lab.context.tools.build = async (options) => {
      asked.push(options.compile);
      return { ...(await build(options)), prebuilt: !options.compile };
    };
    let works = 1;
    lab.context.tools.probe = async () => ({ usable: asked.length >= works, reason: 'It crashed.', device: null });
    expect((await install(lab, nowhere)).probe.usable).toBe(true);
    expect(asked).toEqual([false]);
    [asked.length, works] = [0, 2];
    expect((await install(lab, nowhere)).probe.usable).toBe(true);
    expect(asked).toEqual([false, true]);
    [asked.length, works] = [0, 3];
    expect((await install(lab, nowhere)).probe.usable).toBe(false);
    expect(asked).toEqual([false, true]);
  });

  test('a release\'s binding that does not work is compiled in the same call; where that cannot be, both are told', async () => {
    const lab = createHome();
    const { build } = lab.context.tools;
    const asked: (boolean | undefined)[] = [];
    lab.context.tools.build = async (options) => {
      asked.push(options.compile);
      return { ...(await build(options)), prebuilt: !options.compile };
    };
    lab.context.tools.probe = async () => ({ usable: asked.includes(true), reason: 'GLIBCXX_3.4.30 not found', device: null });
    const { index } = await serve(usual());
    expect((await install(lab, index)).probe.usable).toBe(true);
    expect(asked).toEqual([false, true]);
    const without = createHome();
    without.context.tools.build = async (options) => {
      if (options.compile) throw new LabError('ENGINE_UNUSABLE', 'There is no compiler.');
      return { ...(await build(options)), prebuilt: true };
    };
    without.context.tools.probe = async () => ({ usable: false, reason: 'GLIBCXX_3.4.30 not found', device: null });
    expect((await install(without, index)).probe.reason).toBe('GLIBCXX_3.4.30 not found\nThe binding could not be made anew: There is no compiler.');
    expect(existsSync(join(without.context.engines, 'tensorflow-2.21.0-cpu', 'binding'))).toBe(true);
  });
});
