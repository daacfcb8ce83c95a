// The whole state of a training as named tensors and metadata, out of the engine and back into it.
import { LabError } from '#contract';
import type { Engine } from '../engines/engine.ts';
import type { Model } from '../models/model.ts';
import { fromTorch, toTorch, type NamedTensor } from '../models/parameters.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import type { Schedule } from '../schedules/schedule.ts';
import { decodeOptimizerSteps, decodeProgress, decodeSchedule, encodeProgress, type Progress } from './progress.ts';
import type { StoredFile, StoredTensor } from './safetensors.ts';

export type TrainingState = { engine: Engine; model: Model; optimizer: Optimizer; optimizerName: string; schedule: Schedule; progress: Progress };

/** A tensor's place in a file, PyTorch's name and shape of it, and the variable that holds it. */
type Slot = { name: string; named: NamedTensor; variable: NamedTensor['variable'] };

const modelSlots = ({ model }: TrainingState): Slot[] =>
  [...model.parameters, ...model.buffers].map((named) => ({ name: `model/${named.name}`, named, variable: named.variable }));

const optimizerSlots = ({ optimizer }: TrainingState): Slot[] => optimizer.states.flatMap(({ parameter, slots }) =>
  Object.entries(slots).map(([slot, variable]) => ({ name: `optimizer/${parameter.name}/${slot}`, named: parameter, variable })));

const counterName = (counter: string) => `model/${counter}`;

/** Tensors in PyTorch's names and layouts, and the numbers that go with them, as text. Equal states give equal results. */
export async function captureState(state: TrainingState): Promise<{ tensors: StoredTensor[]; metadata: Record<string, string> }> {
  const { engine, model, optimizer, progress } = state;
  const tensors: StoredTensor[] = [];
  for (const { name, named, variable } of [...modelSlots(state), ...optimizerSlots(state)]) {
    tensors.push({ name, dtype: 'F32', shape: named.shape, data: toTorch(named, await engine.read(variable)) });
  }
  for (const counter of model.counters) tensors.push({ name: counterName(counter), dtype: 'I64', shape: [], data: BigInt64Array.of(BigInt(progress.step)) });
  const metadata = {
    format: 'vsgd-lab-1', engine: engine.info.name, optimizer: state.optimizerName, optimizer_t: String(optimizer.t),
    step: String(progress.step), progress: encodeProgress(progress), schedule: JSON.stringify(state.schedule.state()),
  };
  return { tensors, metadata };
}

const describe = (stored: StoredTensor | undefined) => (stored ? `[${stored.shape.join(', ')}] ${stored.dtype}` : 'missing');

/** All tensors are checked before the first is written, so that a file that does not fit changes nothing. */
function checkFit(file: StoredFile, slots: Slot[], { path, known }: { path: string; known: Set<string> }): void {
  const misfit = (key: string, what: string) =>
    new LabError('CHECKPOINT_MISMATCH', `${path} does not fit this run: ${what}. Use a checkpoint of the same model, optimizer and data set.`, { place: { file: path, key } });
  for (const { name, named } of slots) {
    const stored = file.tensors.get(name);
    if (stored?.dtype !== 'F32' || stored.shape.join() !== named.shape.join()) throw misfit(name, `'${name}' should be [${named.shape.join(', ')}] F32 and is ${describe(stored)}`);
  }
  for (const name of file.tensors.keys()) if (!known.has(name)) throw misfit(name, `there is nothing here that '${name}' belongs to`);
}

/**
 * Puts a stored state back.
 * @param options.weightsOnly for a fork with another optimizer: parameters and running statistics, nothing else
 * @throws LabError CHECKPOINT_MISMATCH naming the first tensor that does not fit, CHECKPOINT_DAMAGED; the state is then as it was
 */
export async function restoreState(state: TrainingState, file: StoredFile, { path, weightsOnly = false }: { path: string; weightsOnly?: boolean }): Promise<void> {
  const { engine, optimizer, model } = state;
  if (!weightsOnly && file.metadata.optimizer !== state.optimizerName) {
    throw new LabError('CHECKPOINT_MISMATCH', `${path} is of a run with ${file.metadata.optimizer ?? 'an unknown optimizer'}, this one has ${state.optimizerName}. Fork the run to change its optimizer.`, { place: { file: path, key: 'optimizer' } });
  }
  const slots = weightsOnly ? modelSlots(state) : [...modelSlots(state), ...optimizerSlots(state)];
  const foreign = weightsOnly ? [...file.tensors.keys()].filter((name) => name.startsWith('optimizer/')) : [];
  checkFit(file, slots, { path, known: new Set([...slots.map(({ name }) => name), ...model.counters.map(counterName), ...foreign]) });
  const numbers = weightsOnly ? null : { t: decodeOptimizerSteps(file, path), schedule: decodeSchedule(file, path), progress: decodeProgress(file, path) };
  for (const { name, named, variable } of slots) await engine.write(variable, fromTorch(named, file.tensors.get(name)?.data as Float32Array));
  if (numbers === null) return;
  optimizer.t = numbers.t;
  state.schedule.restore(numbers.schedule);
  Object.assign(state.progress, numbers.progress);
}
