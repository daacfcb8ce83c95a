// The engine's memory: one shared WebAssembly.Memory, handed out in blocks of 64 bytes with slack behind each.
import { LabError } from '#contract';

const pageBytes = 65536;
/** Kernels may read or write up to this many bytes behind an array. */
const slack = 64;
/** Below lie the kernels' own constants and the threads' control words. */
const firstByte = 2 * pageBytes;

type Free = { address: number; bytes: number };

const megabytes = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MiB`;

/** First-fit allocation with joining of neighbours; grows the memory as needed, up to 4 GiB. */
export class Heap {
  readonly memory: WebAssembly.Memory;
  readonly #limit: number;
  readonly #sizes = new Map<number, number>();
  #free: Free[] = [];
  #bytes: Uint8Array<SharedArrayBuffer> | null = null;
  #used = 0;

  constructor(maxBytes = 65536 * pageBytes) {
    this.#limit = maxBytes;
    this.memory = new WebAssembly.Memory({ initial: 16, maximum: 65536, shared: true });
    this.#free = [{ address: firstByte, bytes: 16 * pageBytes - firstByte }];
  }

  /** Bytes handed out. */
  get used(): number { return this.#used; }
  /** Blocks handed out. */
  get blocks(): number { return this.#sizes.size; }

  /** @throws LabError ENGINE_UNUSABLE when the memory is full */
  allocate(bytes: number): number {
    const wanted = Math.ceil((bytes + slack) / 64) * 64;
    let index = this.#free.findIndex((block) => block.bytes >= wanted);
    if (index < 0) {
      this.#grow(wanted);
      index = this.#free.findIndex((block) => block.bytes >= wanted);
    }
    const block = this.#free[index] as Free;
    const { address } = block;
    if (block.bytes === wanted) this.#free.splice(index, 1);
    else Object.assign(block, { address: address + wanted, bytes: block.bytes - wanted });
    this.#sizes.set(address, wanted);
    this.#used += wanted;
    return address;
  }

  release(address: number): void {
    const bytes = this.#sizes.get(address);
    if (bytes === undefined) return;
    this.#sizes.delete(address);
    this.#used -= bytes;
    const at = this.#free.findIndex((block) => block.address > address);
    this.#free.splice(at < 0 ? this.#free.length : at, 0, { address, bytes });
    this.#join();
  }

  /** A view of `length` float32 numbers; valid until the memory grows. */
  floats(address: number, length: number): Float32Array { return new Float32Array(this.#view().buffer, address, length) as unknown as Float32Array; }
  ints(address: number, length: number): Int32Array { return new Int32Array(this.#view().buffer, address, length) as unknown as Int32Array; }
  doubles(address: number, length: number): Float64Array { return new Float64Array(this.#view().buffer, address, length) as unknown as Float64Array; }

  #view(): Uint8Array<SharedArrayBuffer> {
    const buffer = this.memory.buffer as unknown as SharedArrayBuffer; // the memory is shared; not every library of types knows
    if (this.#bytes?.buffer !== buffer) this.#bytes = new Uint8Array(buffer);
    return this.#bytes;
  }

  #join(): void {
    this.#free = this.#free.reduce<Free[]>((joined, block) => {
      const before = joined.at(-1);
      if (before && before.address + before.bytes === block.address) before.bytes += block.bytes;
      else joined.push(block);
      return joined;
    }, []);
  }

  #grow(wanted: number): void {
    const now = this.memory.buffer.byteLength;
    const pages = Math.ceil(Math.max(wanted, 16 * pageBytes) / pageBytes);
    try {
      if (now + pages * pageBytes > this.#limit) throw new RangeError('limit');
      this.memory.grow(pages);
    } catch (cause) {
      throw new LabError('ENGINE_UNUSABLE', `The wasm engine's memory is full: it holds ${megabytes(this.#used)} and needs ${megabytes(wanted)} more, of at most ${megabytes(this.#limit)}. Lower dataset.data_module.batch_size (or test_batch_size).`, { cause });
    }
    this.#free.push({ address: now, bytes: pages * pageBytes });
    this.#join();
  }
}
