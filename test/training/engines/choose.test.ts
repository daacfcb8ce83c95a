// The choice of an engine: the best there is, what was passed over for it and why, and a word about what could not be had.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { chooseEngine, listEngines, probeEngine } from '#training';
import { fakeEngines, pretendInstalled } from '#test/engines.ts';
import { scratchFolder } from '#test/scratch.ts';

/** Engines that do as told, and a folder for them. */
function pretend(words: string, ...flavours: ('cpu' | 'cuda')[]): string {
  vi.stubEnv('VSGD_LAB_ENGINE_MODULE', fakeEngines);
  vi.stubEnv('FAKE_ENGINES', words);
  const engines = join(scratchFolder(), 'engines');
  for (const flavour of flavours) pretendInstalled(engines, flavour);
  return engines;
}
afterEach(() => vi.unstubAllEnvs());

/** Name, device and what was tried of the engine that is chosen. */
async function chosen(asked: string, engines: string, device = 'auto') {
  const { engine, warning } = await chooseEngine(asked, { device, threads: 1, engines });
  await engine.dispose();
  return { ...engine.info, warning };
}

test('without a GPU and with nothing installed it is wasm, and a GPU that is asked for is missed loudly', async () => {
  const { engine, warning } = await chooseEngine('auto', { device: 'cuda:0', threads: 1 });
  expect(engine.info).toMatchObject({ name: 'wasm', fallbackFrom: 'cuda:0', tried: [{ name: 'tensorflow-cuda' }, { name: 'webgpu' }, { name: 'tensorflow' }] });
  expect(warning).toMatch(/train\.device=cuda:0 asks for a GPU.*tensorflow-cuda: Not installed/);
  await engine.dispose();
});

test('mixed precision that an engine does not have is missed loudly', async () => {
  const { engine, warning } = await chooseEngine('wasm', { device: 'auto', threads: 1, mixed: 'float16' });
  expect(warning).toBe('train.mixed_precision=float16 is not to be had from wasm: the run is computed in float32.');
  await engine.dispose();
});

test('unknown engines are refused with what there is, unusable ones with the reason', async () => {
  await expect(chooseEngine('wsam', { device: 'auto', threads: 1 })).rejects.toThrow(/auto, tensorflow, tensorflow-cuda, webgpu, wasm, cpu/);
  await expect(chooseEngine('tensorflow', { device: 'auto', threads: 1 })).rejects.toThrow(/engines install tensorflow.*--engine auto/);
  expect((await listEngines()).map(({ name, usable, chosen: taken }) => [name, usable, taken])).toEqual([['tensorflow-cuda', false, false], ['webgpu', false, false], ['tensorflow', false, false], ['wasm', true, true], ['cpu', true, false]]);
});

describe('in order', () => {
  test('a CUDA device comes first, then a real GPU by webgpu, then TensorFlow on the processor', async () => {
    expect(await chosen('auto', pretend('gpu', 'cpu', 'cuda'), 'cuda:0')).toMatchObject({ name: 'tensorflow', device: 'cuda:0 (Fake GPU)', warning: null });
    expect(await chosen('auto', pretend('gpu', 'cpu'), 'cuda:0')).toMatchObject({ name: 'webgpu', warning: null });
    expect(await chosen('auto', pretend('', 'cpu'))).toMatchObject({ name: 'tensorflow', device: 'CPU', tried: [{ name: 'tensorflow-cuda' }, { name: 'webgpu', reason: 'No adapter was found.' }] });
    expect(await chosen('auto', pretend(''))).toMatchObject({ name: 'wasm' });
  });

  test('a program that plays a GPU is taken only when asked for', async () => {
    const engines = pretend('software');
    expect(await chosen('auto', engines)).toMatchObject({ name: 'wasm', tried: expect.arrayContaining([{ name: 'webgpu', reason: expect.stringContaining('plays a GPU') as string }]) as unknown });
    expect(await chosen('webgpu', engines)).toMatchObject({ name: 'webgpu' });
  });

  test('a CUDA installation without a GPU computes on the processor; train.device=cpu asks for that', async () => {
    expect(await chosen('auto', pretend('', 'cuda'))).toMatchObject({ name: 'tensorflow', device: 'CPU', tried: [{ name: 'tensorflow-cuda', reason: expect.stringContaining('no NVIDIA GPU') as string }, { name: 'webgpu' }] });
    expect(await chosen('auto', pretend('gpu', 'cuda'), 'cpu')).toMatchObject({ name: 'tensorflow', device: 'CPU' });
    expect(await chosen('tensorflow', pretend('gpu', 'cuda'), 'cpu')).toMatchObject({ device: 'CPU' });
  });

  test('an engine that is named against the wish for a GPU says so', async () => {
    expect((await chosen('wasm', pretend('gpu', 'cuda'), 'cuda:0')).warning).toMatch(/as --engine wasm says/);
  });
});

describe('one of several GPUs', () => {
  test('a CUDA device that is not there is missed loudly, with those that are', async () => {
    expect(await chosen('tensorflow', pretend('gpu', 'cpu', 'cuda'), 'cuda:5')).toMatchObject({
      name: 'tensorflow', device: 'CPU', fallbackFrom: 'cuda:5', warning: expect.stringMatching(/because no such GPU can be used\. tensorflow-cuda: There is no cuda:5 here, but cuda:0 \(Fake GPU\)/) as string,
    });
    expect(await chosen('tensorflow-cuda', pretend('gpu', 'cuda'), 'cuda:0')).toMatchObject({ device: 'cuda:0 (Fake GPU)', warning: null });
    await expect(chosen('tensorflow-cuda', pretend('gpu', 'cuda'), 'cuda:1')).rejects.toThrow(/no cuda:1 here.*runs resume RUN --engine auto/);
  });

  test('webgpu, which does not choose by number, says which one it took', async () => {
    expect(await chosen('webgpu', pretend('gpu'), 'cuda:1')).toMatchObject({ device: 'Fake GPU', fallbackFrom: 'cuda:1', warning: expect.stringMatching(/takes Fake GPU.*VSGD_LAB_ADAPTER/) as string });
    expect((await chosen('webgpu', pretend('gpu'), 'cuda:0')).warning).toBeNull();
  });
});

describe('what a try may do', () => {
  test.each([['crash', /crashed with SIGSEGV/], ['rubbish', /no answer that can be understood/]])('%s is a reason', async (word, reason) => {
    const engines = pretend(word, 'cpu');
    const rows = await listEngines({ engines });
    expect(rows.find(({ name }) => name === 'tensorflow')).toMatchObject({ usable: false, reason: expect.stringMatching(reason) as string });
    expect(rows.find(({ chosen: taken }) => taken)?.name).toBe('wasm');
    await expect(chooseEngine('tensorflow', { device: 'auto', threads: 1, engines })).rejects.toMatchObject({ code: 'ENGINE_UNUSABLE', message: expect.stringMatching(reason) as string });
  });

  test('its result is remembered until the facts change, or it is asked for afresh', async () => {
    const engines = pretend('', 'cpu');
    expect(await probeEngine('tensorflow', { engines })).toMatchObject({ usable: true });
    const { probes } = JSON.parse(readFileSync(join(engines, 'probe.json'), 'utf8')) as { probes: Record<string, { at: string }> };
    vi.stubEnv('FAKE_ENGINES', 'crash');
    expect(await probeEngine('tensorflow', { engines })).toMatchObject({ usable: true });
    expect(await probeEngine('tensorflow', { engines, fresh: true })).toMatchObject({ usable: false });
    expect((await probeEngine('tensorflow', { engines })).reason).toMatch(/crashed.*"vsgd-lab engines check" tries it again/);
    vi.stubEnv('FAKE_ENGINES', 'gpu');
    pretendInstalled(engines, 'cuda');
    expect(await probeEngine('tensorflow', { engines })).toMatchObject({ usable: true });
    expect(probes.tensorflow?.at).toBeDefined();
  });

  test('one that failed is not believed for ever: what it met may have passed', async () => {
    const engines = pretend('crash', 'cpu');
    expect(await probeEngine('tensorflow', { engines })).toMatchObject({ usable: false });
    vi.stubEnv('FAKE_ENGINES', '');
    expect(await probeEngine('tensorflow', { engines })).toMatchObject({ usable: false });
    const later = Date.now() + 3_600_000;
    vi.spyOn(Date, 'now').mockReturnValue(later);
    expect(await probeEngine('tensorflow', { engines })).toMatchObject({ usable: true });
    vi.restoreAllMocks();
  });
});
