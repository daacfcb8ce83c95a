// Batches made ahead by worker threads into a ring of shared slots; the consumer takes them by iteration and gives the slots back.
import { Worker } from 'node:worker_threads';
import { LabError, ownOptions, type Batch } from '#contract';
import type { Batcher, BatcherSetup } from './batcher.ts';
import type { WorkerData, WorkerReply, WorkerRequest } from './worker.ts';

type Waiter = { resolve(): void; reject(error: Error): void };
type Slot = { images: Float32Array; labels: Int32Array; iteration: number | null; ready: boolean; taken: boolean; stale: boolean };

export class Prefetcher {
  readonly #slots: Slot[];
  readonly #workers: Worker[];
  readonly #waiters = new Map<number, Waiter>();
  readonly #batcher: Batcher;
  readonly #setup: BatcherSetup;
  #failure: Error | null = null;
  #next = 0;
  #turn = 0;

  constructor(setup: BatcherSetup, batcher: Batcher, { workers, ahead }: { workers: number; ahead: number }) {
    this.#setup = setup;
    this.#batcher = batcher;
    const size = setup.batchSize * setup.side * setup.side * setup.channels;
    this.#slots = Array.from({ length: ahead + 1 }, () => ({
      images: new Float32Array(new SharedArrayBuffer(4 * size)), labels: new Int32Array(new SharedArrayBuffer(4 * setup.batchSize)), iteration: null, ready: false, taken: false, stale: false,
    }));
    const workerData: WorkerData = { setup, slots: this.#slots.map(({ images, labels }) => ({ images, labels })) };
    this.#workers = Array.from({ length: workers }, () => {
      const worker = new Worker(new URL('./worker.ts', import.meta.url), ownOptions({ workerData }));
      worker.unref();
      worker.on('message', (reply: WorkerReply) => this.#arrived(reply));
      worker.on('error', (error) => this.#fail(error));
      return worker;
    });
  }

  /** The batch of an iteration; the iterations after it are on their way when this resolves. */
  async take(iteration: number): Promise<Batch> {
    const start = performance.now();
    if (this.#failure) throw this.#failure;
    const find = () => this.#slots.find((slot) => slot.iteration === iteration && !slot.taken && !slot.stale);
    if (!find()) this.#jump(iteration);
    this.#request();
    if (!find() && !this.#slots.some(({ stale }) => stale)) throw new LabError('INTERNAL', 'All batches of the input pipeline are taken; release one before taking the next.');
    if (!find()?.ready) {
      // Waiting keeps the process alive, idle workers do not.
      this.#workers.forEach((worker) => worker.ref());
      await new Promise<void>((resolve, reject) => this.#waiters.set(iteration, { resolve, reject }));
      this.#workers.forEach((worker) => worker.unref());
    }
    const slot = find() as Slot;
    slot.taken = true;
    const { side, channels } = this.#setup;
    const count = this.#batcher.sizeOf(iteration);
    const release = () => {
      if (slot.iteration !== iteration) return;
      Object.assign(slot, { iteration: null, ready: false, taken: false });
      this.#request();
    };
    return { images: slot.images.subarray(0, count * side * side * channels), labels: slot.labels.subarray(0, count), shape: [count, side, side, channels], waitMs: performance.now() - start, release };
  }

  async close(): Promise<void> {
    this.#fail(new LabError('CANCELLED', 'The input pipeline was closed.'));
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  /** Another iteration than the next: batches for others are thrown away, those under way when they arrive. */
  #jump(iteration: number): void {
    for (const slot of this.#slots) {
      if (slot.taken || slot.iteration === null) continue;
      if (slot.ready) Object.assign(slot, { iteration: null, ready: false });
      else slot.stale = true;
    }
    this.#next = iteration;
  }

  #request(): void {
    for (const [index, slot] of this.#slots.entries()) {
      if (slot.iteration !== null || this.#failure) continue;
      slot.iteration = this.#next;
      this.#workers[this.#turn % this.#workers.length]?.postMessage({ iteration: this.#next, slot: index } satisfies WorkerRequest);
      this.#turn += 1;
      this.#next += 1;
    }
  }

  #arrived({ iteration, slot, error }: WorkerReply): void {
    if (error !== undefined) return this.#fail(new LabError('INTERNAL', `A worker of the input pipeline failed: ${error}`));
    const arrived = this.#slots[slot] as Slot;
    if (arrived.stale) {
      Object.assign(arrived, { iteration: null, stale: false });
      return this.#request();
    }
    arrived.ready = true;
    this.#waiters.get(iteration)?.resolve();
    this.#waiters.delete(iteration);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const waiter of this.#waiters.values()) waiter.reject(this.#failure);
    this.#waiters.clear();
  }
}
