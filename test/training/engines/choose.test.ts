// The choice of an engine: the best there is, and a word about what could not be had.
import { expect, test } from 'vitest';
import { chooseEngine, listEngines } from '#training';

test('a GPU that is asked for and not there is told loudly', async () => {
  const { engine, warning } = await chooseEngine('auto', { device: 'cuda:0', threads: 1 });
  expect(engine.info).toMatchObject({ name: 'wasm', fallbackFrom: 'cuda:0' });
  expect(warning).toContain('train.device=cuda:0');
  await engine.dispose();
});

test('unknown engines and those to come are refused with what there is', async () => {
  await expect(chooseEngine('tensorflow', { device: 'auto', threads: 1 })).rejects.toThrow(/use wasm/);
  await expect(chooseEngine('wsam', { device: 'auto', threads: 1 })).rejects.toThrow(/auto, wasm, cpu/);
  expect((await listEngines()).map(({ name, usable }) => [name, usable])).toEqual([['tensorflow', false], ['webgpu', false], ['wasm', true], ['cpu', true]]);
});
