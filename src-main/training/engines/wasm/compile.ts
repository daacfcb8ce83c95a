// Compiles a step: records it, plans its memory, loads it as a program, and chooses the number of threads by its first runs.
import type { Variable } from '@tensorflow/tfjs-core';
import { LabError } from '#contract';
import type { CompiledStep, InputSpec, StepFunction } from '../engine.ts';
import { planArena, usedConstants } from '../recording/arena.ts';
import { checkedInput } from '../recording/inputs.ts';
import { sizeOf } from '../recording/operands.ts';
import { recordStep, type RecordedInputs, type RecordedOutputs } from '../recording/record.ts';
import { createChooser } from '../wasmThreads/chooser.ts';
import type { TaskTime } from '../wasmThreads/profile.ts';
import type { LoadedProgram, Threads } from '../wasmThreads/threads.ts';
import type { WasmBackend } from './backend.ts';
import { joinGelu } from './joinGelu.ts';
import { Recorder } from './record.ts';
import { addressOf } from './sink.ts';

/** A compiled step that can also time its instructions one by one on one thread; `runs` steps are taken, state and all. */
export type WasmStep = CompiledStep & { profile(inputs: Record<string, Float32Array | Int32Array>, runs: number): TaskTime[] };

type Recording = { recorder: Recorder; outputs: RecordedOutputs };

type Placed = { program: LoadedProgram; bytes: number };

/** Gives every block its address and loads the program. `allocate` remembers what the caller must release. */
function place({ heap }: WasmBackend, threads: Threads, { recorder, outputs, allocate }: Recording & { allocate: (bytes: number) => number }): Placed {
  const given = [...outputs.values()].map(({ block }) => block);
  const mentions = recorder.mentions();
  const arenaBytes = planArena(mentions, given, { alignment: 64, slack: 64 });
  const arena = allocate(arenaBytes);
  const constants = usedConstants(recorder.constants, mentions, given);
  for (const block of constants) {
    block.address = allocate(block.bytes);
    if (block.data instanceof Int32Array) heap.ints(block.address, block.data.length).set(block.data);
    else heap.floats(block.address, block.data?.length ?? 0).set(block.data ?? []);
    delete block.data;
  }
  for (const block of new Set(mentions.flat())) if (block.kind === 'recorded') block.address += arena;
  const program = threads.load(recorder.instructions.map(({ name, chunks, args }) => ({ name, chunks, args: args.map(addressOf) })));
  return { program, bytes: arenaBytes + program.bytes + constants.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** Copies a run's inputs into their places. @throws LabError RECORDING_REFUSED for inputs of another size */
function fill({ heap }: WasmBackend, inputs: RecordedInputs, values: Record<string, Float32Array | Int32Array>): void {
  for (const [name, { block, spec }] of inputs) {
    const numbers = checkedInput(name, spec, values[name]);
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
  const inputs: RecordedInputs = new Map();
  let placed: Placed & Recording;
  try {
    for (const [name, spec] of Object.entries(specs)) {
      const bytes = 4 * sizeOf(spec.shape);
      inputs.set(name, { block: { bytes, kind: 'eager', address: allocate(bytes), references: 0, version: 0 }, spec });
    }
    const recording = recordStep(backend, { step, state, inputs, recorderOf: (known) => new Recorder(known) });
    joinGelu(recording.recorder);
    placed = { ...recording, ...place(backend, threads, { ...recording, allocate }) };
  } catch (error) {
    release();
    throw error;
  }
  const chooser = createChooser({ asked, available: threads.count, ready: () => threads.areUp });
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
