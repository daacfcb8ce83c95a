// The tfjs backend over the device's memory. Values come back asynchronously only: a GPU cannot be read while JavaScript waits.
import type { DataId } from '@tensorflow/tfjs-core';
import { LabError } from '#contract';
import { BlockBackend } from '../recording/backend.ts';
import type { Block } from '../recording/block.ts';
import type { DeviceWatch } from './device.ts';
import type { Sink } from './sink.ts';
import type { EagerSink, Recorder } from './sinks.ts';

/** COPY_DST and MAP_READ, and GPUMapMode.READ. */
const stagingUsage = 0x8 | 0x1;
const mapRead = 1;

export class WebgpuBackend extends BlockBackend<Sink, Recorder> {
  readonly device: GPUDevice;
  readonly watch: DeviceWatch;
  readonly own: EagerSink;

  constructor(device: GPUDevice, watch: DeviceWatch, eager: EagerSink) {
    super('webgpu', eager);
    this.device = device;
    this.watch = watch;
    this.own = eager;
  }

  override readSync(dataId: DataId): Float32Array | Int32Array {
    this.readable(dataId);
    throw new LabError('INTERNAL', 'The webgpu engine gives values asynchronously only: use data() in place of dataSync().');
  }

  override async read(dataId: DataId): Promise<Float32Array | Int32Array> {
    const { block, dtype, size } = this.readable(dataId);
    const bytes = await this.bytesOf(block, 4 * size);
    return dtype === 'int32' ? new Int32Array(bytes) : new Float32Array(bytes);
  }

  /** A copy of a block's first bytes. @throws LabError DEVICE_LOST, ENGINE_UNUSABLE when memory ran out before */
  async bytesOf(block: Block, count: number): Promise<ArrayBuffer> {
    if (count === 0) return new ArrayBuffer(0);
    const { memory } = this.own;
    this.own.flush();
    const { buffer, offset } = memory.slice(block.address, count);
    return this.watch.guard(async () => {
      const staging = this.device.createBuffer({ size: count, usage: stagingUsage });
      const encoder = this.device.createCommandEncoder();
      encoder.copyBufferToBuffer(buffer, offset, staging, 0, count);
      this.device.queue.submit([encoder.finish()]);
      await memory.settled();
      try {
        await staging.mapAsync(mapRead);
        return staging.getMappedRange().slice(0);
      } finally {
        staging.destroy();
      }
    });
  }

  protected override fill(block: Block, numbers: Float32Array | Int32Array): void {
    this.own.write(block, numbers);
  }
}
