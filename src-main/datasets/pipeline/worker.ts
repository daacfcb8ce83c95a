// A worker of the input pipeline: fills the slot it is told to with the batch of the iteration it is told.
import { parentPort, workerData } from 'node:worker_threads';
import { createBatcher, type BatcherSetup } from './batcher.ts';

type Slot = { images: Float32Array; labels: Int32Array };
export type WorkerData = { setup: BatcherSetup; slots: Slot[] };
export type WorkerRequest = { iteration: number; slot: number };
export type WorkerReply = { iteration: number; slot: number; error?: string };

const { setup, slots } = workerData as WorkerData;
const batcher = createBatcher(setup);

parentPort?.on('message', ({ iteration, slot }: WorkerRequest) => {
  const { images, labels } = slots[slot] as Slot;
  try {
    batcher.fill(iteration, images, labels);
    parentPort?.postMessage({ iteration, slot } satisfies WorkerReply);
  } catch (error) {
    parentPort?.postMessage({ iteration, slot, error: String(error) } satisfies WorkerReply);
  }
});
