// The state as a checkpoint: PyTorch's names and layouts, everything comes back, and what does not fit changes nothing.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { captureState, createWasmEngine, decodeSafetensors, encodeSafetensors, restoreState, runLoop, type Engine, type StoredFile, type TrainingState } from '#training';
import { createHooks, createSource, createState, disposeState, experimentOf, tiny } from '#test/training.ts';

let engine: Engine;
let trained: TrainingState;
let bytes: Buffer;
let stored: StoredFile;

const capture = async (state: TrainingState) => {
  const { tensors, metadata } = await captureState(state);
  return Buffer.concat(encodeSafetensors(tensors, metadata));
};

beforeAll(async () => {
  engine = await createWasmEngine({ threads: 1 });
  const experiment = experimentOf(...tiny, 'train/scheduler=plateau', 'train.best_metric=val/loss');
  trained = createState(engine, experiment);
  await runLoop({ state: trained, experiment, source: createSource(), hooks: createHooks(trained).hooks });
  bytes = await capture(trained);
});
beforeEach(() => { stored = decodeSafetensors(bytes, 'x'); });
afterAll(() => engine.dispose());

const fresh = (...overrides: string[]) => createState(engine, experimentOf(...tiny, 'train/scheduler=plateau', ...overrides));

describe('a captured state', () => {
  test('has PyTorch\'s names, shapes and element order', async () => {
    expect([...stored.tensors.keys()].filter((name) => name.startsWith('model/'))).toEqual(expect.arrayContaining([...trained.model.parameters, ...trained.model.buffers].map(({ name }) => `model/${name}`)));
    const conv = trained.model.parameters.find(({ layout }) => layout === 'conv')!;
    const [outputs, inputs, height, width] = conv.shape as [number, number, number, number];
    const engineOrder = await engine.read(conv.variable);
    const { data, shape } = stored.tensors.get(`model/${conv.name}`)!;
    expect(shape).toEqual(conv.shape);
    for (const [o, i, y, x] of [[0, 0, 0, 0], [1, 2, 3, 0], [outputs - 1, inputs - 1, height - 1, width - 1]] as const) {
      expect(data[((o * inputs + i) * height + y) * width + x]).toBe(engineOrder[((y * width + x) * inputs + i) * outputs + o]);
    }
    expect(stored.tensors.get(`optimizer/${conv.name}/bhg`)?.shape).toEqual(conv.shape);
    const counter = stored.tensors.get(`model/${trained.model.counters[0]}`)!;
    expect([counter.dtype, counter.shape, counter.data]).toEqual(['I64', [], BigInt64Array.of(6n)]);
  });

  test('has equal bytes each time, and again after it was put back', async () => {
    expect((await capture(trained)).equals(bytes)).toBe(true);
    const state = fresh();
    expect((await capture(state)).equals(bytes)).toBe(false);
    await restoreState(state, stored, { path: 'x' });
    expect((await capture(state)).equals(bytes)).toBe(true);
    expect(state.progress).toEqual(trained.progress);
    expect([state.optimizer.t, state.schedule.state()]).toEqual([6, trained.schedule.state()]);
    disposeState(state);
  });

  test('gives weights alone to another optimizer', async () => {
    const state = fresh('train/optimizer=sgd', 'train.optimizer.momentum=0.9');
    await restoreState(state, stored, { path: 'x', weightsOnly: true });
    expect(await engine.read(state.model.parameters[0]!.variable)).toEqual(await engine.read(trained.model.parameters[0]!.variable));
    expect([state.optimizer.t, state.progress.step]).toEqual([0, 0]);
    disposeState(state);
  });
});

describe('what does not fit is refused by name and changes nothing', () => {
  const name = () => `model/${trained.model.parameters[0]!.name}`;
  const changes: [what: string, code: string, change: (file: StoredFile) => void][] = [
    ['a tensor is missing', 'CHECKPOINT_MISMATCH', ({ tensors }) => tensors.delete(name())],
    ['a tensor has another shape', 'CHECKPOINT_MISMATCH', ({ tensors }) => { tensors.get(name())!.shape.reverse(); }],
    ['a tensor has another type', 'CHECKPOINT_MISMATCH', ({ tensors }) => tensors.set(name(), { ...tensors.get(name())!, dtype: 'I64' })],
    ['a slot is missing', 'CHECKPOINT_MISMATCH', ({ tensors }) => tensors.delete(`optimizer/${trained.model.parameters.at(-1)!.name}/bg`)],
    ['a tensor is unknown', 'CHECKPOINT_MISMATCH', ({ tensors }) => tensors.set('model/../../etc/passwd', tensors.get(name())!)],
    ['another optimizer', 'CHECKPOINT_MISMATCH', ({ metadata }) => { metadata.optimizer = 'adam'; }],
    ['no progress', 'CHECKPOINT_DAMAGED', ({ metadata }) => { delete metadata.progress; }],
    ['a negative step', 'CHECKPOINT_DAMAGED', ({ metadata }) => { metadata.progress = metadata.progress!.replace('"step":6', '"step":-6'); }],
    ['progress that is null', 'CHECKPOINT_DAMAGED', ({ metadata }) => { metadata.progress = 'null'; }],
    ['steps of the optimizer that are no number', 'CHECKPOINT_DAMAGED', ({ metadata }) => { metadata.optimizer_t = '"many"'; }],
    ['a schedule that would change prototypes', 'CHECKPOINT_DAMAGED', ({ metadata }) => { metadata.schedule = '{"__proto__": {"lr": 1}}'; }],
    ['a schedule of texts', 'CHECKPOINT_DAMAGED', ({ metadata }) => { metadata.schedule = '{"lr": "high"}'; }],
  ];

  test.each(changes)('%s', async (_what, code, change) => {
    const state = fresh();
    const before = await capture(state);
    change(stored);
    await expect(restoreState(state, stored, { path: 'there.safetensors' })).rejects.toMatchObject({ code, message: expect.stringContaining('there.safetensors') });
    expect((await capture(state)).equals(before)).toBe(true);
    disposeState(state);
  });

  test('another architecture', async () => {
    const state = fresh('model.dim=8');
    await expect(restoreState(state, stored, { path: 'x' })).rejects.toMatchObject({ code: 'CHECKPOINT_MISMATCH', message: expect.stringMatching(/should be \[8.* and is \[4/) });
    disposeState(state);
  });
});
