// A small training without any file: tiny ConvMixer, generated batches, hooks that write down what they hear; and whole runs on data sets.
import { expect } from 'vitest';
import { composeConfig, parseExperiment } from '#config';
import type { Batch, BatchSource, Experiment, LayerStatistics } from '#contract';
import { openLoader } from '#datasets';
import {
  captureState, createModel, createOptimizer, createProgress, createSchedule, decodeSafetensors, encodeSafetensors, restoreState, runLoop,
  type CheckpointKind, type Engine, type LoopHooks, type TrainingState,
} from '#training';
import { u } from './reference.ts';

/** Settings of a tiny run on 8 x 8 pictures with three channels. */
export const tiny = ['dataset=cifar10', 'dataset.x_dim=8', 'model=convmixer', 'model.dim=4', 'model.depth=1', 'model.kernel_size=3', 'model.patch_size=4',
  'train/optimizer=vsgd', 'train.optimizer.lr=0.01', 'train.max_iter=6', 'train.save_freq=0', 'train.eval_test_freq=0', 'train.device=auto', 'train.seed=3'];

/** A checked experiment of these overrides. */
export const experimentOf = (...overrides: string[]): Experiment => parseExperiment(composeConfig({ overrides }).config).experiment;

/** Fresh state of an experiment, as a trainer makes it. */
export function createState(engine: Engine, { model: choice, optimizer: optimizing, scheduler, dataset, train }: Experiment): TrainingState {
  const model = createModel(choice, { channels: 3, size: dataset.x_dim, seed: train.seed });
  const optimizer = createOptimizer(optimizing, model.parameters);
  const schedule = createSchedule(scheduler, optimizing.options.lr);
  return { engine, model, optimizer, optimizerName: optimizing.name, schedule, progress: createProgress() };
}

export function disposeState({ model, optimizer }: TrainingState): void {
  optimizer.dispose();
  model.dispose();
}

function makeBatch(stream: number, rows: number, scale: number): Batch {
  const images = Float32Array.from({ length: rows * 8 * 8 * 3 }, (_, index) => scale * u(stream, index));
  const labels = Int32Array.from({ length: rows }, (_, row) => (stream + row) % 10);
  return { images, labels, shape: [rows, 8, 8, 3], waitMs: 1, release: () => {} };
}

export type SourceOptions = { scaleAt?(iteration: number): number; valScaleAt?(index: number): number; onTestBatch?(index: number): void; testRows?: number[]; val?: number };

/** Batches of four rows, three an epoch of which the last has two; the test split has batches of these rows. */
export function createSource({ scaleAt = () => 1, valScaleAt = () => 1, onTestBatch = () => {}, testRows = [4, 4, 1], val = 4 }: SourceOptions = {}): BatchSource {
  return {
    info: { name: 'generated', fingerprint: 'f', classes: Array.from({ length: 10 }, String), height: 8, width: 8, channels: 3, train: 10, val, test: testRows.reduce((sum, rows) => sum + rows, 0), batchesPerEpoch: 3 },
    trainBatch: async (iteration) => makeBatch(iteration, iteration % 3 === 2 ? 2 : 4, scaleAt(iteration)),
    valBatch: async (index) => makeBatch(1000 + index, 4, valScaleAt(index)),
    async *testBatches() {
      for (const [index, rows] of testRows.entries()) {
        onTestBatch(index);
        yield makeBatch(2000 + index, rows, 1);
      }
    },
    close: async () => {},
  };
}

export type Saved = { step: number; kinds: CheckpointKind[]; bytes: Buffer };
export type Heard = { rows: { step: number; values: Record<string, number> }[]; histograms: { step: number; name: string; counts: number[] }[]; layers: (LayerStatistics & { step: number })[]; saved: Saved[] };

/** Hooks that remember everything; `overrides` replace some. */
export function createHooks(state: TrainingState, overrides: Partial<LoopHooks> = {}): { heard: Heard; hooks: LoopHooks } {
  const heard: Heard = { rows: [], histograms: [], layers: [], saved: [] };
  const hooks: LoopHooks = {
    metrics: (step, values) => heard.rows.push({ step, values }),
    histogram: (step, name, { counts }) => heard.histograms.push({ step, name, counts }),
    layers: (step, layers) => heard.layers.push({ step, ...layers }),
    save: async (kinds) => {
      const { tensors, metadata } = await captureState(state);
      heard.saved.push({ step: state.progress.step, kinds, bytes: Buffer.concat(encodeSafetensors(tensors, metadata)) });
      return true;
    },
    ending: () => null,
    checkpointAsked: () => false,
    ...overrides,
  };
  return { heard, hooks };
}

/** Rows without the times that they took. */
export const untimed = (rows: Heard['rows']): Heard['rows'] =>
  rows.map(({ step, values }) => ({ step, values: Object.fromEntries(Object.entries(values).filter(([key]) => !key.endsWith('_time'))) }));

export type WholeRun = { engine: Engine; experiment: Experiment; /** of the data sets */ root: string; from?: Buffer | undefined; workers?: number };

/** Runs an experiment to its end, from a checkpoint where one is given. */
export async function runToEnd({ engine, experiment, root, from, workers = 0 }: WholeRun): Promise<Heard> {
  const source = await openLoader({ root, dataset: experiment.dataset, seed: experiment.train.seed, workers });
  const state = createState(engine, experiment);
  if (from) await restoreState(state, decodeSafetensors(from, 'checkpoint'), { path: 'checkpoint' });
  const { heard, hooks } = createHooks(state);
  await runLoop({ state, experiment, source, hooks });
  disposeState(state);
  await source.close();
  return heard;
}

/** The rest of a run, resumed after `step`, is what the whole one had from there: rows, statistics, checkpoints, last bytes. */
export function expectRestOf(whole: Heard, rest: Heard, step: number): void {
  expect(untimed(rest.rows), `rows after step ${step}`).toEqual(untimed(whole.rows.slice(step)));
  expect(rest.histograms, `histograms after step ${step}`).toEqual(whole.histograms.filter((histogram) => histogram.step > step));
  expect(rest.layers, `layers after step ${step}`).toEqual(whole.layers.filter((layers) => layers.step > step));
  expect(rest.saved.map((each) => each.kinds)).toEqual(whole.saved.slice(step).map((each) => each.kinds));
  expect(rest.saved.at(-1)!.bytes.equals(whole.saved.at(-1)!.bytes), `bytes after step ${step}`).toBe(true);
}
