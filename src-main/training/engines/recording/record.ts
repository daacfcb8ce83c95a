// Runs a step once under a recorder, and checks what a compiled step is given.
import { cast, engine, tidy, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { LabError } from '#contract';
import type { InputSpec, StepFunction } from '../engine.ts';
import type { BlockBackend } from './backend.ts';
import { refused, type Block, type BlockSource } from './block.ts';
import { outsiders, partDataIds } from './variables.ts';
import { sizeOf } from './operands.ts';
import type { BlockRecorder } from './recorder.ts';

export type RecordedInputs = Map<string, { block: Block; spec: InputSpec }>;
export type RecordedOutputs = Map<string, { block: Block; size: number }>;

type Recordable<R> = { step: StepFunction; state: Variable[]; inputs: RecordedInputs; recorderOf(known: Block[]): R };

/** Outputs are given out as float32. */
const asFloats = (made: Record<string, Tensor>) => Object.fromEntries(Object.entries(made).map(([name, tensor]) => [name, tensor.dtype === 'int32' ? cast(tensor, 'float32') : tensor]));

/** Records the copies of what state became into its places. Where that is another one's place, it is read before any is written. */
function bringHome(recorder: BlockRecorder, ends: { place: Block; block: Block }[]): void {
  const places = new Set(ends.map(({ place }) => place));
  const moves = ends.filter(({ place, block }) => place !== block).map(({ place, block }) => {
    if (!places.has(block)) return { place, block };
    const kept = recorder.allocate(block.bytes);
    recorder.copy(block, kept);
    return { place, block: kept };
  });
  for (const { place, block } of moves) recorder.copy(block, place);
}

/**
 * Runs the step under a recorder; whatever happens, state keeps its values and its place.
 * @throws LabError RECORDING_REFUSED
 */
export function recordStep<S extends BlockSource, R extends S & BlockRecorder>(backend: BlockBackend<S, R>, { step, state, inputs, recorderOf }: Recordable<R>): { recorder: R; outputs: RecordedOutputs } {
  const shared = new Set(state.map((variable) => backend.blockOf(variable.dataId))).size !== state.length;
  if (shared) throw new LabError('RECORDING_REFUSED', 'Two variables of the state share their memory; clone one of them.');
  const places = state.map((variable) => backend.pin(variable.dataId));
  const recorder = recorderOf([...places, ...[...inputs.values()].map(({ block }) => block)]);
  const outputs: RecordedOutputs = new Map();
  const tensors = Object.fromEntries([...inputs].map(([name, { block, spec }]) => {
    const { dataId, shape, dtype } = backend.wrap({ shape: spec.shape, block }, spec.dtype);
    return [name, engine().makeTensorFromDataId(dataId, shape, dtype)];
  }));
  const others = outsiders(backend, state);
  const standing = [...state, ...others].map((variable) => ({ variable, original: variable.dataId }));
  const homes = [...places, ...others.map(({ dataId }) => backend.blockOf(dataId))];
  let made: Record<string, Tensor> = {};
  backend.recorder = recorder;
  try {
    made = tidy(() => asFloats(step(tensors) as Record<string, Tensor>));
    if (others.some(({ dataId }, index) => backend.blockOf(dataId) !== homes[state.length + index])) throw refused('renews a variable that is not in its state. Hand it over there');
    for (const [name, tensor] of Object.entries(made)) {
      const { block } = backend.operand(tensor);
      if (places.includes(block)) throw new LabError('RECORDING_REFUSED', `Output ${name} of a step to be compiled is state itself; read the state instead.`);
      recorder.check(block);
      outputs.set(name, { block, size: sizeOf(tensor.shape) });
    }
    bringHome(recorder, state.map((variable, index) => ({ place: places[index] as Block, block: backend.operand(variable).block })));
    return { recorder, outputs };
  } finally {
    for (const tensor of [...Object.values(made), ...Object.values(tensors)]) if (!state.includes(tensor as Variable)) tensor.dispose();
    partDataIds(backend, standing, ({ dataId, shape, dtype }) => backend.wrap({ shape, block: backend.blockOf(dataId) }, dtype));
    standing.forEach(({ variable: { dataId } }, index) => { if (backend.holds(dataId)) backend.rebind(dataId, homes[index] as Block); });
    backend.recorder = null;
  }
}
