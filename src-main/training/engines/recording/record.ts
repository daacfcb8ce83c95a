// Runs a step once under a recorder, and checks what a compiled step is given.
import { engine, tidy, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { LabError } from '#contract';
import type { InputSpec, StepFunction } from '../engine.ts';
import type { BlockBackend } from './backend.ts';
import type { Block, BlockSource } from './block.ts';
import { sizeOf } from './operands.ts';
import type { BlockRecorder } from './recorder.ts';

export type RecordedInputs = Map<string, { block: Block; spec: InputSpec }>;
export type RecordedOutputs = Map<string, { block: Block; size: number }>;

type Recordable<R> = { step: StepFunction; state: Variable[]; inputs: RecordedInputs; recorderOf(known: Block[]): R };

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
  let made: Record<string, Tensor> = {};
  backend.recorder = recorder;
  try {
    made = tidy(() => step(tensors) as Record<string, Tensor>);
    for (const [name, tensor] of Object.entries(made)) {
      const block = backend.blockOf(tensor.dataId);
      if (places.includes(block)) throw new LabError('RECORDING_REFUSED', `Output ${name} of a step to be compiled is state itself; read the state instead.`);
      recorder.check(block);
      outputs.set(name, { block, size: sizeOf(tensor.shape) });
    }
    state.forEach((variable, index) => {
      const [place, block] = [places[index] as Block, backend.blockOf(variable.dataId)];
      if (place !== block) recorder.copy(block, place);
    });
    return { recorder, outputs };
  } finally {
    [...Object.values(made), ...Object.values(tensors)].forEach((tensor) => tensor.dispose());
    state.forEach((variable, index) => backend.rebind(variable.dataId, places[index] as Block));
    backend.recorder = null;
  }
}
