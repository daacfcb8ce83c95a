// Compiles a step: records it, plans its memory, compiles its kernels, and replays it as one command buffer per run.
import type { Variable } from '@tensorflow/tfjs-core';
import { LabError } from '#contract';
import type { CompiledStep, InputSpec, StepFunction } from '../engine.ts';
import { planArena, usedConstants } from '../recording/arena.ts';
import type { Block } from '../recording/block.ts';
import { checkedInput } from '../recording/inputs.ts';
import { sizeOf } from '../recording/operands.ts';
import { recordStep, type RecordedInputs, type RecordedOutputs } from '../recording/record.ts';
import type { WebgpuBackend } from './backend.ts';
import { encode, type Pipelines, type Ready } from './pipelines.ts';
import { placeInstructions } from './place.ts';
import { timeDispatches, type DispatchTime } from './profile.ts';
import { Recorder } from './sinks.ts';
import type { Tuning } from './tuning.ts';

export type CompileOptions = { step: StepFunction; specs: Record<string, InputSpec>; state: Variable[]; pipelines: Pipelines; tuning: Tuning };

/** `profile` runs `runs` whole steps, each dispatch timed by the GPU. */
export type WebgpuStep = CompiledStep & { profile(inputs: Record<string, Float32Array | Int32Array>, runs: number): Promise<DispatchTime[]> };

const stagingUsage = 0x8 | 0x1;
const mapRead = 1;
/** A GPU's driver takes a command buffer for hung after some seconds; a longer step goes off in pieces of about this long. */
const pieceMs = 300;

type Program = { dispatches: Ready[]; inputs: RecordedInputs; outputs: RecordedOutputs; bytes: number };

/** Takes memory that is released all at once. */
class Lease {
  readonly #backend: WebgpuBackend;
  readonly #addresses: number[] = [];
  bytes = 0;

  constructor(backend: WebgpuBackend) {
    this.#backend = backend;
  }

  take(bytes: number, own = false): number {
    const { memory } = this.#backend.own;
    const address = own ? memory.own(bytes) : memory.allocate(bytes);
    this.keep(address, bytes);
    return address;
  }

  keep(address: number, bytes = 0): void {
    this.#addresses.push(address);
    this.bytes += bytes;
  }

  release(): void {
    for (const address of this.#addresses.splice(0)) this.#backend.own.memory.release(address);
  }
}

/** Gives every recorded block its address: the arena is cut into buffers as large as the device allows. */
function placeArena(backend: WebgpuBackend, recorder: Recorder, { given, lease }: { given: Block[]; lease: Lease }): void {
  const { memory } = backend.own;
  const mentions = recorder.mentions();
  // No larger than a kernel can see at once, so that it can be given any two blocks of one buffer.
  const span = Math.floor(Math.min(memory.limits.maxBufferBytes, memory.limits.maxBindingBytes) / 256) * 256;
  const total = planArena(mentions, given, { alignment: 256, slack: 0, span });
  const bases: number[] = [];
  for (let from = 0; from < total; from += span) bases.push(lease.take(Math.min(span, total - from), true));
  for (const block of new Set(mentions.flat())) {
    if (block.kind === 'recorded') block.address = (bases[Math.floor(block.address / span)] as number) + (block.address % span);
  }
  for (const block of usedConstants(recorder.constants, mentions, given)) {
    block.address = lease.take(block.bytes);
    if (block.data) memory.write(block.address, block.data);
    delete block.data;
  }
}

async function prepare(backend: WebgpuBackend, { step, specs, state, pipelines, tuning }: CompileOptions, lease: Lease): Promise<Program> {
  const { memory, abilities } = backend.own;
  backend.own.flush();
  const inputs: RecordedInputs = new Map();
  for (const [name, spec] of Object.entries(specs)) {
    const bytes = 4 * sizeOf(spec.shape);
    inputs.set(name, { block: { bytes, kind: 'eager', address: lease.take(bytes), references: 0, version: 0 }, spec });
  }
  const record = () => recordStep(backend, { step, state, inputs, recorderOf: (known) => new Recorder(known, abilities, () => backend.kernel) });
  let { recorder, outputs } = record();
  if (tuning.missing > 0) {
    await tuning.measure(backend.own, backend.device);
    ({ recorder, outputs } = record());
  }
  backend.own.flush();
  placeArena(backend, recorder, { given: [...outputs.values()].map(({ block }) => block), lease });
  const { placed, tables } = placeInstructions(memory, recorder.instructions);
  for (const table of tables) lease.keep(table);
  const large = placed.flatMap(({ bindings }) => bindings).find(({ size }) => size > memory.limits.maxBindingBytes);
  if (large) throw new LabError('ENGINE_UNUSABLE', `A tensor of ${Math.ceil(large.size / 2 ** 20)} MiB is larger than this GPU lets a kernel see (${Math.floor(memory.limits.maxBindingBytes / 2 ** 20)} MiB). Lower dataset.data_module.batch_size (or test_batch_size).`);
  await memory.settled();
  await pipelines.prepare(placed);
  return { dispatches: placed.map((one) => pipelines.ready(one)), inputs, outputs, bytes: lease.bytes };
}

/** The command buffers of one run. They can be submitted once; the next ones are made while the GPU works. */
function encodeRun(backend: WebgpuBackend, { dispatches, outputs }: Program, { staging, pieces }: { staging: GPUBuffer; pieces: number }): GPUCommandBuffer[] {
  const size = Math.max(1, Math.ceil(dispatches.length / pieces));
  const encoders: GPUCommandEncoder[] = [];
  for (let from = 0; from === 0 || from < dispatches.length; from += size) {
    const encoder = backend.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    encode(pass, dispatches.slice(from, from + size));
    pass.end();
    encoders.push(encoder);
  }
  let at = 0;
  for (const { block, size: count } of outputs.values()) {
    const { buffer, offset } = backend.own.memory.slice(block.address, 4 * count);
    encoders.at(-1)?.copyBufferToBuffer(buffer, offset, staging, at, 4 * count);
    at += 4 * count;
  }
  return encoders.map((encoder) => encoder.finish());
}

function readOutputs(staging: GPUBuffer, outputs: RecordedOutputs): Record<string, Float32Array> {
  const values = new Float32Array(staging.getMappedRange());
  let at = 0;
  const read = Object.fromEntries([...outputs].map(([name, { size }]) => {
    at += size;
    return [name, values.slice(at - size, at)];
  }));
  staging.unmap();
  return read;
}

/** @throws LabError RECORDING_REFUSED, ENGINE_UNUSABLE (memory), DEVICE_LOST */
export async function compileStep(backend: WebgpuBackend, options: CompileOptions): Promise<WebgpuStep> {
  const { device, own, watch } = backend;
  const lease = new Lease(backend);
  let program: Program;
  try {
    program = await watch.guard(() => prepare(backend, options, lease));
  } catch (error) {
    lease.release();
    throw error;
  }
  const { inputs, outputs, bytes } = program;
  const count = [...outputs.values()].reduce((sum, { size }) => sum + size, 0);
  const staging = device.createBuffer({ size: Math.max(16, 4 * count), usage: stagingUsage });
  let pieces = 1;
  let next = encodeRun(backend, program, { staging, pieces });
  let disposed = false;
  const checked = (values: Record<string, Float32Array | Int32Array>) => [...inputs].map(([name, { block, spec }]) => ({ block, numbers: checkedInput(name, spec, values[name]) }));
  const put = (given: ReturnType<typeof checked>): void => {
    own.flush();
    for (const { block, numbers } of given) own.memory.write(block.address, numbers);
  };
  return {
    bytes,
    async run(values) {
      if (disposed) throw new LabError('INTERNAL', 'This compiled step was disposed; compile it again to run it.');
      const given = checked(values);
      return watch.guard(async () => {
        put(given);
        const started = performance.now();
        for (const commands of next) device.queue.submit([commands]);
        next = encodeRun(backend, program, { staging, pieces });
        await staging.mapAsync(mapRead);
        const wanted = Math.max(pieces, Math.ceil((performance.now() - started) / pieceMs));
        if (wanted > 2 * pieces) next = encodeRun(backend, program, { staging, pieces: (pieces = wanted) });
        return readOutputs(staging, outputs);
      });
    },
    async profile(values, runs) {
      put(checked(values));
      return watch.guard(() => timeDispatches(device, program.dispatches, runs));
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      staging.destroy();
      lease.release();
    },
  };
}
