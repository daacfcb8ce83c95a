// What bench:train computes: operations per step, spreads, the table, published batch sizes, and what becomes of a contestant that dies.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createModel, createWasmEngine, type Engine } from '#training';
import { subjects } from '../../bench/training.ts';
import { flopsPerStep } from '../../bench/train/flops.ts';
import { runRounds, spreadOf } from '../../bench/train/rounds.ts';
import { publishedBatch, trainSubjects } from '../../bench/train/subjects.ts';
import { peakOf, tableOf, yardstick } from '../../bench/train/table.ts';

let engine: Engine;
beforeAll(async () => { engine = await createWasmEngine({ threads: 1 }); });
afterAll(() => engine.dispose());

test('operations of a step are three times the forward ones, less the gradient of the pictures', () => {
  const model = createModel(subjects[0]!.model, { channels: 1, size: 28, seed: 1 });
  // ConvMixer 16/4/k3/p2 on 28 × 28: patches of 2 × 2, then four times depthwise 3 × 3 and 1 × 1 on 14 × 14 pixels, ten classes.
  const first = 2 * 196 * 16 * 4;
  const forward = first + 4 * 2 * 196 * 16 * (9 + 16) + 2 * 16 * 10;
  expect(flopsPerStep(model, [1, 28, 28, 1])).toBe(3 * forward - first);
  expect(flopsPerStep(model, [4, 28, 28, 1])).toBe(4 * (3 * forward - first));
  model.dispose();
});

test('the spread of times is their median, fastest and slowest', () => {
  expect(spreadOf([5, 1, 9])).toEqual({ median: 5, min: 1, max: 9 });
});

test('published batch sizes come from the configuration tree', () => {
  expect(publishedBatch('cifar100_resnext')).toBe(128);
  expect(trainSubjects.map(({ key, batches }) => [key, batches])).toEqual([['mnist', [32]], ['convmixer', [32, 256]], ['vgg', [32, 256]], ['resnext', [32, 128]], ['resnet', [32]]]);
});

test('one table compares with PyTorch, shares out the peak and tells failures', () => {
  const about = { version: 'v', threads: 2, parameters: 1, flops: 2e9 };
  const results = [{ name: 'wasm', about, gflops: 50, times: [40, 20, 100] }, { name: yardstick, gflops: 100, times: [80, 80, 80] }, { name: 'broken', error: 'no | memory' }];
  const alone = { title: 'Other', batch: 256, results: [{ name: 'wasm', about: { ...about, flops: 5e8 }, gflops: 40, times: [10] }] };
  const measured = [{ title: 'Model', batch: 32, results }, alone];
  expect(tableOf(measured, peakOf(measured)).split('\n')).toEqual([
    '| model, batch | GFLOP per step | engine or peer | ms per step: median (min to max) | pictures/s | against PyTorch VSGD | GFLOPS | of the peak |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    '| Model, 32 | 2.00 | wasm | 40.0 (20.0 to 100) | 800 | 2.00 × | 50.0 | 50 % |',
    `| Model, 32 | 2.00 | ${yardstick} | 80.0 (80.0 to 80.0) | 400 | 1.00 × | 25.0 | 25 % |`,
    '| Model, 32 | 2.00 | broken | none: no / memory |  |  |  |  |',
    '| Other, 256 | 0.500 | wasm | 10.0 (10.0 to 10.0) | 25600 |  | 50.0 | 50 % |',
    '',
  ]);
});

test('operations that nobody counted, and a peak that nobody measured, leave their cells empty', () => {
  expect(tableOf([{ title: 'Model', batch: 1, results: [{ name: 'peer', times: [1] }] }], 0)).toContain('| Model, 1 |  | peer | 1.00 (1.00 to 1.00) | 1000 |  |  |  |');
});

test('contestants alternate; one that dies keeps its reason and the others go on', async () => {
  const program = (body: string) => ({ command: process.execPath, args: ['-e', `
    const say = (x) => console.log(JSON.stringify(x)); let asked = 0;
    console.log('a library says hello'); say({ ready: { version: 'p', threads: 1, parameters: 3 } });
    require('node:readline').createInterface(process.stdin).on('line', (line) => { const r = JSON.parse(line); asked += 1; ${body}
      say(r.peak ? { gflops: 7 } : { times: Array(r.steps).fill(asked) }); });`] });
  const results = await runRounds([{ name: 'good', ...program('') }, { name: 'bad', ...program('if (asked > 3) { console.error("out of memory"); process.exit(1); }') }], { rounds: 2, steps: 2, warmup: 1 });
  // Before: the peak, the steps of the warm-up, and as many more as make a second.
  expect(results[0]).toMatchObject({ name: 'good', gflops: 7, times: [4, 4, 5, 5] });
  expect(results[1]?.error).toContain('out of memory');
});
