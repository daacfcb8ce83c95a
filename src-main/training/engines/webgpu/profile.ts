// Times a program's dispatches by the GPU's own clock, off the way of training: what the benches' profiles are made of.
import { LabError } from '#contract';
import { encode, type Ready } from './pipelines.ts';

/** One dispatch: what it computes, and the fastest of the timed runs. */
export type DispatchTime = { label: string; milliseconds: number };

/** GPUBufferUsage: QUERY_RESOLVE and COPY_SRC; COPY_DST and MAP_READ; and GPUMapMode.READ. */
const [resolveUsage, stagingUsage, mapRead] = [0x200 | 0x4, 0x8 | 0x1, 1];
/** Queries that a set may hold. */
const most = 4096;

/** Begin and end of each dispatch in nanoseconds. */
async function clocked(device: GPUDevice, dispatches: Ready[]): Promise<BigUint64Array> {
  const count = 2 * dispatches.length;
  const querySet = device.createQuerySet({ type: 'timestamp', count });
  const resolved = device.createBuffer({ size: 8 * count, usage: resolveUsage });
  const staging = device.createBuffer({ size: 8 * count, usage: stagingUsage });
  const encoder = device.createCommandEncoder();
  dispatches.forEach((one, index) => {
    const pass = encoder.beginComputePass({ timestampWrites: { querySet, beginningOfPassWriteIndex: 2 * index, endOfPassWriteIndex: 2 * index + 1 } });
    encode(pass, [one]);
    pass.end();
  });
  encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
  encoder.copyBufferToBuffer(resolved, 0, staging, 0, 8 * count);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(mapRead);
  const times = new BigUint64Array(staging.getMappedRange().slice(0));
  for (const one of [resolved, staging, querySet]) one.destroy();
  return times;
}

/**
 * Runs the dispatches `runs` times in their order, each in a pass of its own. Every run is a whole training step, so the state moves on.
 * @throws LabError ENGINE_UNUSABLE where the adapter has no timestamps
 */
export async function timeDispatches(device: GPUDevice, dispatches: Ready[], runs: number): Promise<DispatchTime[]> {
  if (!device.features.has('timestamp-query')) throw new LabError('ENGINE_UNUSABLE', 'This GPU tells no times (timestamp-query).');
  const times = dispatches.map(({ label }): DispatchTime => ({ label, milliseconds: Infinity }));
  for (let run = 0; run < runs; run += 1) {
    for (let from = 0; from < dispatches.length; from += most / 2) {
      const part = dispatches.slice(from, from + most / 2);
      const clock = await clocked(device, part);
      part.forEach((_, index) => {
        const time = times[from + index] as DispatchTime;
        time.milliseconds = Math.min(time.milliseconds, Number((clock[2 * index + 1] as bigint) - (clock[2 * index] as bigint)) / 1e6);
      });
    }
  }
  return times;
}
