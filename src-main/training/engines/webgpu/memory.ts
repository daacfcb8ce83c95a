// The device's memory: addresses over GPU buffers, small pieces in shared slabs, large ones in buffers of their own.
import { LabError } from '#contract';

/** Storage bindings begin at multiples of this; every piece takes whole ones, so that four-element loads at its end stay in it. */
const grain = 256;
const slabBytes = 32 * 2 ** 20;
/** Dawn keeps 4 MiB for what is written and makes a buffer for every larger piece: 6 MiB of pictures cost 6 ms a step on an H100, 3 MiB none. */
const writeElements = 2 ** 18;
/** An address is slab · slabStep + offset, exact in a double. */
const slabStep = 2 ** 40;
/** COPY_SRC, COPY_DST and STORAGE, by the numbers of the WebGPU specification. */
const storageUsage = 0x4 | 0x8 | 0x80;

type Gap = { offset: number; bytes: number };
type Slab = { buffer: GPUBuffer; gaps: Gap[]; shared: boolean };
export type Slice = { buffer: GPUBuffer; offset: number; size: number };
export type MemoryLimits = { maxBufferBytes: number; maxBindingBytes: number };

const megabytes = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MiB`;
const rounded = (bytes: number) => Math.max(1, Math.ceil(bytes / grain)) * grain;

/** First-fit allocation in slabs, with joining of neighbours. */
export class DeviceMemory {
  readonly limits: MemoryLimits;
  readonly #device: GPUDevice;
  readonly #slabs: (Slab | null)[] = [];
  readonly #sizes = new Map<number, number>();
  readonly #beforeDestroy: () => void;
  readonly #slabBytes: number;
  #pending: Promise<void>[] = [];
  #used = 0;
  #failure: LabError | null = null;

  /** @param beforeDestroy is called before a buffer goes, so that nothing recorded but not submitted mentions it */
  constructor(device: GPUDevice, limits: MemoryLimits, beforeDestroy: () => void) {
    this.#device = device;
    this.limits = limits;
    this.#beforeDestroy = beforeDestroy;
    this.#slabBytes = Math.min(slabBytes, Math.floor(Math.min(limits.maxBufferBytes, limits.maxBindingBytes) / grain) * grain);
  }

  /** Bytes handed out. */
  get used(): number { return this.#used; }
  /** Pieces handed out. */
  get blocks(): number { return this.#sizes.size; }
  /** GPU buffers that are alive. */
  get buffers(): number { return this.#slabs.filter((slab) => slab !== null).length; }

  /** Address of fresh memory, with undefined contents. @throws LabError ENGINE_UNUSABLE when one piece is larger than the device allows */
  allocate(bytes: number): number {
    const wanted = rounded(bytes);
    if (wanted > this.#slabBytes / 4) return this.own(bytes);
    for (const [index, slab] of this.#slabs.entries()) {
      const gap = slab?.shared ? slab.gaps.find((one) => one.bytes >= wanted) : undefined;
      if (!slab || !gap) continue;
      const address = index * slabStep + gap.offset;
      if (gap.bytes === wanted) slab.gaps.splice(slab.gaps.indexOf(gap), 1);
      else Object.assign(gap, { offset: gap.offset + wanted, bytes: gap.bytes - wanted });
      return this.#hand(address, wanted);
    }
    this.#slabs[this.#freeIndex()] = { buffer: this.#create(this.#slabBytes), gaps: [{ offset: 0, bytes: this.#slabBytes }], shared: true };
    return this.allocate(bytes);
  }

  /** Address of memory in a buffer of its own, which no other piece shares. */
  own(bytes: number): number {
    const wanted = rounded(bytes);
    const index = this.#freeIndex();
    this.#slabs[index] = { buffer: this.#create(wanted), gaps: [], shared: false };
    return this.#hand(index * slabStep, wanted);
  }

  release(address: number): void {
    const bytes = this.#sizes.get(address);
    if (bytes === undefined) return;
    this.#sizes.delete(address);
    this.#used -= bytes;
    const index = Math.floor(address / slabStep);
    const slab = this.#slabs[index] as Slab;
    if (slab.shared) this.#giveBack(slab, { offset: address % slabStep, bytes });
    const idle = slab.shared && slab.gaps[0]?.bytes === this.#slabBytes && this.#slabs.some((other) => other !== slab && other?.shared);
    if (slab.shared && !idle) return;
    this.#slabs[index] = null;
    this.#beforeDestroy();
    slab.buffer.destroy();
  }

  /** The buffer behind an address; the size is a multiple of 16 and stays within what was handed out. */
  slice(address: number, bytes: number): Slice {
    const slab = this.#slabs[Math.floor(address / slabStep)] as Slab;
    return { buffer: slab.buffer, offset: address % slabStep, size: Math.max(16, Math.ceil(bytes / 16) * 16) };
  }

  write(address: number, numbers: Float32Array | Int32Array | Uint32Array): void {
    const { buffer, offset } = this.slice(address, numbers.byteLength);
    for (let at = 0; at < numbers.length; at += writeElements) {
      this.#device.queue.writeBuffer(buffer, offset + 4 * at, numbers.subarray(at, at + writeElements) as Float32Array<ArrayBuffer>);
    }
  }

  /** Resolves when all buffers asked for are there. @throws LabError ENGINE_UNUSABLE when the GPU's memory is full */
  async settled(): Promise<void> {
    await Promise.all(this.#pending.splice(0));
    const failure = this.#failure;
    this.#failure = null;
    if (failure) throw failure;
  }

  dispose(): void {
    for (const slab of this.#slabs.splice(0)) slab?.buffer.destroy();
    this.#sizes.clear();
  }

  #hand(address: number, bytes: number): number {
    this.#sizes.set(address, bytes);
    this.#used += bytes;
    return address;
  }

  #freeIndex(): number {
    const index = this.#slabs.indexOf(null);
    return index < 0 ? this.#slabs.length : index;
  }

  #full(bytes: number, limit: string): LabError {
    return new LabError('ENGINE_UNUSABLE', `The GPU's memory is full: the webgpu engine holds ${megabytes(this.#used)} and needs ${megabytes(bytes)} more${limit}. Lower dataset.data_module.batch_size (or test_batch_size).`);
  }

  #create(bytes: number): GPUBuffer {
    const { maxBufferBytes } = this.limits;
    if (bytes > maxBufferBytes) throw this.#full(bytes, ` in one piece, of at most ${megabytes(maxBufferBytes)}`);
    this.#device.pushErrorScope('out-of-memory');
    const buffer = this.#device.createBuffer({ size: bytes, usage: storageUsage });
    this.#pending.push(this.#device.popErrorScope().then((error) => { if (error) this.#failure ??= this.#full(bytes, ''); }, () => {}));
    return buffer;
  }

  #giveBack({ gaps }: Slab, gap: Gap): void {
    const at = gaps.findIndex(({ offset }) => offset > gap.offset);
    const index = at < 0 ? gaps.length : at;
    gaps.splice(index, 0, gap);
    for (const first of [index, index - 1]) {
      const [left, right] = [gaps[first], gaps[first + 1]];
      if (!left || !right || left.offset + left.bytes !== right.offset) continue;
      left.bytes += right.bytes;
      gaps.splice(first + 1, 1);
    }
  }
}
