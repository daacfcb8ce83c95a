// The two sinks. Eager runs instructions as they come: dispatches gather in one command buffer, which goes off before anything is
// written or read. The recorder keeps them for a program.
import type { Block } from '../recording/block.ts';
import { BlockRecorder } from '../recording/recorder.ts';
import { copyBlock } from '../webgpuKernels/elementwise.ts';
import type { DeviceMemory } from './memory.ts';
import { encode, type Pipelines, type Ready } from './pipelines.ts';
import { placeInstructions } from './place.ts';
import { blocksOf, type Abilities, type Instruction, type Sink } from './sink.ts';

const gathered = 64;

export class EagerSink implements Sink {
  readonly abilities: Abilities;
  readonly memory: DeviceMemory;
  readonly #device: GPUDevice;
  readonly #pipelines: Pipelines;
  #encoder: GPUCommandEncoder | null = null;
  #pass: GPUComputePassEncoder | null = null;
  #count = 0;

  constructor({ device, pipelines, memory, abilities }: { device: GPUDevice; pipelines: Pipelines; memory: DeviceMemory; abilities: Abilities }) {
    this.#device = device;
    this.#pipelines = pipelines;
    this.memory = memory;
    this.abilities = abilities;
  }

  allocate(bytes: number): Block {
    return { bytes, kind: 'eager', address: this.memory.allocate(bytes), references: 0, version: 0 };
  }

  renew(block: Block): Block {
    const copy = this.allocate(block.bytes);
    copyBlock(this, block, copy);
    return copy;
  }

  free(block: Block): void {
    this.memory.release(block.address);
  }

  emit(instruction: Instruction): void {
    const { placed, tables } = placeInstructions(this.memory, [instruction]);
    for (const one of placed) {
      this.#encoder ??= this.#device.createCommandEncoder();
      this.#pass ??= this.#encoder.beginComputePass();
      encode(this.#pass, [this.#pipelines.ready(one)]);
      this.#count += 1;
    }
    if (this.#count >= gathered) this.flush();
    for (const table of tables) this.memory.release(table);
  }

  write(block: Block, numbers: Float32Array | Int32Array): void {
    this.flush();
    this.memory.write(block.address, numbers);
  }

  /** Submits dispatches that are ready. */
  replay(dispatches: Ready[]): void {
    this.flush();
    const encoder = this.#device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    encode(pass, dispatches);
    pass.end();
    this.#device.queue.submit([encoder.finish()]);
  }

  /** Submits what was gathered. */
  flush(): void {
    const [encoder, pass] = [this.#encoder, this.#pass];
    [this.#encoder, this.#pass, this.#count] = [null, null, 0];
    if (!encoder || !pass) return;
    pass.end();
    this.#device.queue.submit([encoder.finish()]);
  }
}

/** Keeps a step as instructions over blocks without addresses. */
export class Recorder extends BlockRecorder implements Sink {
  readonly instructions: Instruction[] = [];
  readonly abilities: Abilities;
  readonly #kernel: () => string;

  /** @param kernel name of the kernel that is being lowered, for profiles */
  constructor(known: Iterable<Block>, abilities: Abilities, kernel: () => string) {
    super(known);
    this.abilities = abilities;
    this.#kernel = kernel;
  }

  emit(instruction: Instruction): void {
    for (const block of blocksOf(instruction)) this.check(block);
    this.instructions.push(instruction.kind === 'dispatch' ? { ...instruction, label: `${this.#kernel()} ${instruction.label ?? ''}`.trim() } : instruction);
  }

  copy(from: Block, to: Block): void {
    copyBlock(this, from, to);
  }

  mentions(): Block[][] { return this.instructions.map(blocksOf); }
}
