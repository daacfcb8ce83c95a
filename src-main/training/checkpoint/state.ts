// The whole state of a training as named tensors and metadata, out of the engine and back into it.
import { LabError } from '#contract';
import type { Engine } from '../engines/engine.ts';
import type { Model } from '../models/model.ts';
import { fromTorch, toTorch, type NamedTensor } from '../models/parameters.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import type { Schedule } from '../schedules/schedule.ts';
import type { StoredFile, StoredTensor } from './safetensors.ts';

/** What training remembers besides tensors. */
export type Progress = {
  step: number;
  skipped: number;
  /** Sum and number of the losses of the epoch under way. */
  epochLoss: { sum: number; count: number };
  best: { metric: string; value: number; step: number } | null;
};

export type TrainingState = { engine: Engine; model: Model; optimizer: Optimizer; optimizerName: string; schedule: Schedule; progress: Progress };

const prefixed = ({ name }: NamedTensor) => `model/${name}`;

async function readTensor(engine: Engine, name: string, { named, variable }: { named: NamedTensor; variable: NamedTensor['variable'] }): Promise<StoredTensor> {
  return { name, dtype: 'F32', shape: named.shape, data: toTorch(named, await engine.read(variable)) };
}

/** Tensors in PyTorch's names and layouts, and the numbers that go with them, as text. */
export async function captureState(state: TrainingState): Promise<{ tensors: StoredTensor[]; metadata: Record<string, string> }> {
  const { engine, model, optimizer, progress } = state;
  const tensors: StoredTensor[] = [];
  for (const named of [...model.parameters, ...model.buffers]) tensors.push(await readTensor(engine, prefixed(named), { named, variable: named.variable }));
  for (const name of model.counters) tensors.push({ name: `model/${name}`, dtype: 'I64', shape: [], data: BigInt64Array.of(BigInt(progress.step)) });
  for (const { parameter, slots } of optimizer.states) {
    for (const [slot, variable] of Object.entries(slots)) tensors.push(await readTensor(engine, `optimizer/${parameter.name}/${slot}`, { named: parameter, variable }));
  }
  const metadata = {
    format: 'vsgd-lab-1', optimizer: state.optimizerName, optimizer_t: String(optimizer.t),
    step: String(progress.step), progress: JSON.stringify(progress), schedule: JSON.stringify(state.schedule.state()),
  };
  return { tensors, metadata };
}

async function writeTensor(engine: Engine, file: StoredFile, { name, named, variable, path }: { name: string; named: NamedTensor; variable: NamedTensor['variable']; path: string }): Promise<void> {
  const stored = file.tensors.get(name);
  if (!stored || stored.dtype !== 'F32' || stored.shape.join() !== named.shape.join()) {
    const found = stored ? `[${stored.shape.join(', ')}] ${stored.dtype}` : 'nothing';
    throw new LabError('CHECKPOINT_MISMATCH', `${path} does not fit this model: '${name}' should be [${named.shape.join(', ')}] F32, and is ${found}. Use a checkpoint of the same model and data set.`, { place: { file: path, key: name } });
  }
  await engine.write(variable, fromTorch(named, stored.data as Float32Array));
}

function parseMetadata<T>(file: StoredFile, key: string, path: string): T {
  try {
    return JSON.parse(file.metadata[key] ?? '') as T;
  } catch (cause) {
    throw new LabError('CHECKPOINT_DAMAGED', `${path} lacks what training needs to go on ('${key}').`, { place: { file: path, key }, cause });
  }
}

/**
 * Puts a stored state back.
 * @param options.weightsOnly for a fork with another optimizer: parameters and running statistics, nothing else
 * @throws LabError CHECKPOINT_MISMATCH naming the first tensor that does not fit, CHECKPOINT_DAMAGED
 */
export async function restoreState(state: TrainingState, file: StoredFile, { path, weightsOnly = false }: { path: string; weightsOnly?: boolean }): Promise<void> {
  const { engine, model, optimizer } = state;
  for (const named of [...model.parameters, ...model.buffers]) await writeTensor(engine, file, { name: prefixed(named), named, variable: named.variable, path });
  if (weightsOnly) return;
  if (file.metadata.optimizer !== state.optimizerName) {
    throw new LabError('CHECKPOINT_MISMATCH', `${path} is of a run with ${file.metadata.optimizer ?? 'an unknown optimizer'}, this one has ${state.optimizerName}. Fork the run to change its optimizer.`, { place: { file: path } });
  }
  for (const { parameter, slots } of optimizer.states) {
    for (const [slot, variable] of Object.entries(slots)) await writeTensor(engine, file, { name: `optimizer/${parameter.name}/${slot}`, named: parameter, variable, path });
  }
  optimizer.t = Number(parseMetadata(file, 'optimizer_t', path));
  state.schedule.restore(parseMetadata(file, 'schedule', path));
  Object.assign(state.progress, parseMetadata<Progress>(file, 'progress', path));
}
