// Compiles a step: records it, plans its memory, loads it as a program, and chooses the number of threads by its first runs.
import { engine, tidy, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { LabError } from '#contract';
import type { CompiledStep, InputSpec, StepFunction } from '../engine.ts';
import type { WasmBackend } from './backend.ts';
import { sizeOf } from '../wasmKernels/lower.ts';
import { blockOf, planArena, Recorder, usedConstants } from './record.ts';
import { addressOf, type Block } from './sink.ts';
import type { TaskTime } from './profile.ts';
import type { LoadedProgram, Threads } from './threads.ts';

/** A compiled step that can also time its instructions one by one on one thread; `runs` steps are taken, state and all. */
export type WasmStep = CompiledStep & { profile(inputs: Record<string, Float32Array | Int32Array>, runs: number): TaskTime[] };

type Inputs = Map<string, { block: Block; spec: InputSpec }>;
type Outputs = Map<string, { block: Block; size: number }>;
type Recording = { recorder: Recorder; outputs: Outputs };

/** Runs the step under a recorder; whatever happens, state keeps its values and its place. */
function record(backend: WasmBackend, { step, state, inputs }: { step: StepFunction; state: Variable[]; inputs: Inputs }): Recording {
  const shared = new Set(state.map((variable) => backend.blockOf(variable.dataId))).size !== state.length;
  if (shared) throw new LabError('RECORDING_REFUSED', 'Two variables of the state share their memory; clone one of them.');
  const places = state.map((variable) => backend.pin(variable.dataId));
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

type Placed = { program: LoadedProgram; bytes: number };

/** Gives every block its address and loads the program. `allocate` remembers what the caller must release. */
function place({ heap }: WasmBackend, threads: Threads, { recorder, outputs, allocate }: Recording & { allocate: (bytes: number) => number }): Placed {
  const given = [...outputs.values()].map(({ block }) => block);
  const arenaBytes = planArena(recorder.instructions, given);
  const arena = allocate(arenaBytes);
  const constants = usedConstants(recorder, given);
  for (const block of constants) {
    block.address = allocate(block.bytes);
    if (block.data instanceof Int32Array) heap.ints(block.address, block.data.length).set(block.data);
    else heap.floats(block.address, block.data?.length ?? 0).set(block.data ?? []);
    delete block.data;
  }
  const mentioned = recorder.instructions.flatMap(({ args }) => args.map(blockOf));
  for (const block of new Set(mentioned)) if (block?.kind === 'recorded') block.address += arena;
  const program = threads.load(recorder.instructions.map(({ name, chunks, args }) => ({ name, chunks, args: args.map(addressOf) })));
  return { program, bytes: arenaBytes + program.bytes + constants.reduce((sum, { bytes }) => sum + bytes, 0) };
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

/** Copies a run's inputs into their places. @throws LabError RECORDING_REFUSED for inputs of another size */
function fill({ heap }: WasmBackend, inputs: Inputs, values: Record<string, Float32Array | Int32Array>): void {
  for (const [name, { block, spec }] of inputs) {
    const numbers = values[name];
    if (numbers?.length !== sizeOf(spec.shape)) throw new LabError('RECORDING_REFUSED', `Input ${name} must hold ${sizeOf(spec.shape)} numbers, shape [${spec.shape.join(', ')}]; it holds ${numbers?.length ?? 'none'}. Compile the step for this shape.`);
    if (spec.dtype === 'int32') heap.ints(block.address, numbers.length).set(numbers);
    else heap.floats(block.address, numbers.length).set(numbers);
  }
}

/** @param options.asked threads asked for; 0 lets the first runs choose */
export function compileStep(backend: WasmBackend, options: { step: StepFunction; specs: Record<string, InputSpec>; state: Variable[]; threads: Threads; asked: number }): WasmStep {
  const { step, specs, state, threads, asked } = options;
  const { heap } = backend;
  const owned: number[] = [];
  const allocate = (bytes: number) => owned[owned.push(heap.allocate(bytes)) - 1] as number;
  const release = () => owned.splice(0).forEach((address) => heap.release(address));
  const inputs: Inputs = new Map();
  let placed: Placed & Recording;
  try {
    for (const [name, spec] of Object.entries(specs)) {
      const bytes = 4 * sizeOf(spec.shape);
      inputs.set(name, { block: { bytes, kind: 'eager', address: allocate(bytes), references: 0, version: 0 }, spec });
    }
    const recording = record(backend, { step, state, inputs });
    placed = { ...recording, ...place(backend, threads, { ...recording, allocate }) };
  } catch (error) {
    release();
    throw error;
  }
  const chooser = createChooser(asked, threads.count);
  let disposed = false;
  return {
    bytes: placed.bytes,
    async run(values) {
      if (disposed) throw new LabError('INTERNAL', 'This compiled step was disposed; compile it again to run it.');
      fill(backend, inputs, values);
      const start = performance.now();
      placed.program.run(chooser.threads());
      chooser.took(performance.now() - start);
      return Object.fromEntries([...placed.outputs].map(([name, { block, size }]) => [name, heap.floats(block.address, size).slice()]));
    },
    profile(values, runs) {
      fill(backend, inputs, values);
      return placed.program.profile(runs);
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      placed.program.release();
      release();
    },
  };
}
