// Compiles a step: records it, plans its memory, loads it as a program, and chooses the number of threads by its first runs.
import { engine, tidy, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { LabError } from '#contract';
import type { CompiledStep, InputSpec, StepFunction } from '../engine.ts';
import type { WasmBackend } from './backend.ts';
import { sizeOf } from '../wasmKernels/lower.ts';
import { planArena, Recorder, usedConstants } from './record.ts';
import { addressOf, type Block } from './sink.ts';
import type { LoadedProgram, Threads } from './threads.ts';

type Inputs = Map<string, { block: Block; spec: InputSpec }>;
type Outputs = Map<string, { block: Block; size: number }>;
type Recording = { recorder: Recorder; outputs: Outputs };

/** Runs the step under a recorder; whatever happens, state keeps its values and its place. */
function record(backend: WasmBackend, { step, state, inputs }: { step: StepFunction; state: Variable[]; inputs: Inputs }): Recording {
  const places = state.map((variable) => backend.blockOf(variable.dataId));
  if (new Set(places).size !== places.length) throw new LabError('RECORDING_REFUSED', 'Two variables of the state share their memory; clone one of them.');
  const recorder = new Recorder([...places, ...[...inputs.values()].map(({ block }) => block)]);
  const outputs: Outputs = new Map();
  backend.recorder = recorder;
  try {
    const tensors = Object.fromEntries([...inputs].map(([name, { block, spec }]) => {
      const { dataId, shape, dtype } = backend.wrap({ shape: spec.shape, block }, spec.dtype);
      return [name, engine().makeTensorFromDataId(dataId, shape, dtype)];
    }));
    const made = tidy(() => step(tensors) as Record<string, Tensor>);
    for (const [name, tensor] of Object.entries(made)) {
      const block = backend.blockOf(tensor.dataId);
      if (places.includes(block)) throw new LabError('RECORDING_REFUSED', `Output ${name} of a step to be compiled is state itself; read the state instead.`);
      outputs.set(name, { block, size: sizeOf(tensor.shape) });
    }
    state.forEach((variable, index) => {
      const [place, block] = [places[index] as Block, backend.blockOf(variable.dataId)];
      if (place !== block) recorder.emit('copy', 1, [place.bytes / 4, place.bytes / 4, block, place]);
    });
    [...Object.values(made), ...Object.values(tensors)].forEach((tensor) => tensor.dispose());
    return { recorder, outputs };
  } finally {
    state.forEach((variable, index) => backend.rebind(variable.dataId, places[index] as Block));
    backend.recorder = null;
  }
}

type Placed = { program: LoadedProgram; bytes: number; release(): void };

/** Gives every block of a recording its address and loads the program. */
function place(backend: WasmBackend, threads: Threads, { recorder, outputs }: Recording): Placed {
  const { heap } = backend;
  const arenaBytes = planArena(recorder.instructions, [...outputs.values()].map(({ block }) => block));
  const arena = heap.allocate(arenaBytes);
  const constants = usedConstants(recorder).map((block) => {
    block.address = heap.allocate(block.bytes);
    if (block.data instanceof Int32Array) heap.ints(block.address, block.data.length).set(block.data);
    else heap.floats(block.address, block.data?.length ?? 0).set(block.data ?? []);
    delete block.data;
    return block;
  });
  const shifted = new Set<Block>();
  for (const { args } of recorder.instructions) {
    for (const argument of args) {
      if (typeof argument === 'number') continue;
      const block = 'block' in argument ? argument.block : argument;
      if (block.kind !== 'recorded' || shifted.has(block)) continue;
      block.address += arena;
      shifted.add(block);
    }
  }
  const program = threads.load(recorder.instructions.map(({ name, chunks, args }) => ({ name, chunks, args: args.map(addressOf) })));
  const release = () => {
    program.release();
    [arena, ...constants.map(({ address }) => address)].forEach((address) => heap.release(address));
  };
  return { program, bytes: arenaBytes + program.bytes + constants.reduce((sum, { bytes }) => sum + bytes, 0), release };
}

/** One thread or all: results are the same bit for bit, so that the first runs decide by their times. */
function createChooser(asked: number, available: number): { threads(): number; took(milliseconds: number): void } {
  const trials = [available, 1, available, 1, available, 1];
  const best: Record<number, number> = {};
  let run = 0;
  const choose = () => ((best[1] ?? 0) <= (best[available] ?? Infinity) ? 1 : available);
  const fixed = asked > 0 || available === 1 ? available : null;
  return {
    threads: () => fixed ?? trials[run] ?? choose(),
    took(milliseconds) {
      const count = fixed ?? trials[run];
      if (count !== undefined && run < trials.length) best[count] = Math.min(best[count] ?? Infinity, milliseconds);
      run += 1;
    },
  };
}

/** @param options.asked threads asked for; 0 lets the first runs choose */
export function compileStep(backend: WasmBackend, options: { step: StepFunction; specs: Record<string, InputSpec>; state: Variable[]; threads: Threads; asked: number }): CompiledStep {
  const { step, specs, state, threads, asked } = options;
  const { heap } = backend;
  const inputs: Inputs = new Map(Object.entries(specs).map(([name, spec]) => [name, { block: backend.eager.allocate(4 * sizeOf(spec.shape)), spec }]));
  let recording: Recording;
  try {
    recording = record(backend, { step, state, inputs });
  } catch (error) {
    inputs.forEach(({ block }) => backend.eager.free(block));
    throw error;
  }
  const placed = place(backend, threads, recording);
  const chooser = createChooser(asked, threads.count);
  return {
    bytes: placed.bytes,
    async run(values) {
      for (const [name, { block, spec }] of inputs) {
        const numbers = values[name];
        if (numbers?.length !== sizeOf(spec.shape)) throw new LabError('RECORDING_REFUSED', `Input ${name} must hold ${sizeOf(spec.shape)} numbers, shape [${spec.shape.join(', ')}]; it holds ${numbers?.length ?? 'none'}. Compile the step for this shape.`);
        if (spec.dtype === 'int32') heap.ints(block.address, numbers.length).set(numbers as Int32Array);
        else heap.floats(block.address, numbers.length).set(numbers as Float32Array);
      }
      const start = performance.now();
      placed.program.run(chooser.threads());
      chooser.took(performance.now() - start);
      return Object.fromEntries([...recording.outputs].map(([name, { block, size }]) => [name, heap.floats(block.address, size).slice()]));
    },
    dispose() {
      placed.release();
      inputs.forEach(({ block }) => backend.eager.free(block));
    },
  };
}
