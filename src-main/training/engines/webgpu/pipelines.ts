// WGSL to compute pipelines, each text compiled once; bind groups over slices; and the encoding of a list of dispatches.
import { LabError } from '#contract';
import type { Slice } from './memory.ts';
import type { Placed } from './place.ts';
import type { Workgroups } from './dispatch.ts';

export type Ready = { pipeline: GPUComputePipeline; group: GPUBindGroup; workgroups: Workgroups; label: string };

/** GPUShaderStage.COMPUTE */
const computeStage = 4;

export class Pipelines {
  readonly #device: GPUDevice;
  readonly #layouts = new Map<number, GPUBindGroupLayout>();
  readonly #known = new Map<string, GPUComputePipeline>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Number of pipelines that were compiled. */
  get count(): number { return this.#known.size; }

  #layout(buffers: number): GPUBindGroupLayout {
    const known = this.#layouts.get(buffers);
    if (known) return known;
    const entries = Array.from({ length: buffers }, (_, binding): GPUBindGroupLayoutEntry => ({ binding, visibility: computeStage, buffer: { type: 'storage' } }));
    const made = this.#device.createBindGroupLayout({ entries });
    this.#layouts.set(buffers, made);
    return made;
  }

  #descriptor({ source, bindings }: Placed): GPUComputePipelineDescriptor {
    return {
      layout: this.#device.createPipelineLayout({ bindGroupLayouts: [this.#layout(bindings.length)] }),
      compute: { module: this.#device.createShaderModule({ code: source }), entryPoint: 'main' },
    };
  }

  /** Compiles what is not known yet, all at once. @throws LabError ENGINE_UNUSABLE for a kernel that the driver refuses */
  async prepare(placed: Placed[]): Promise<void> {
    const fresh = new Map(placed.filter(({ source }) => !this.#known.has(source)).map((one) => [one.source, one]));
    await Promise.all([...fresh].map(async ([source, one]) => {
      try {
        this.#known.set(source, await this.#device.createComputePipelineAsync(this.#descriptor(one)));
      } catch (cause) {
        throw new LabError('ENGINE_UNUSABLE', `The GPU's driver does not compile a kernel of the webgpu engine: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
      }
    }));
  }

  ready(placed: Placed): Ready {
    let pipeline = this.#known.get(placed.source);
    if (!pipeline) {
      pipeline = this.#device.createComputePipeline(this.#descriptor(placed));
      this.#known.set(placed.source, pipeline);
    }
    return { pipeline, group: this.#group(placed.bindings), workgroups: placed.workgroups, label: placed.label };
  }

  #group(bindings: Slice[]): GPUBindGroup {
    return this.#device.createBindGroup({
      layout: this.#layout(bindings.length),
      entries: bindings.map(({ buffer, offset, size }, binding) => ({ binding, resource: { buffer, offset, size } })),
    });
  }
}

/** Writes dispatches into a pass. */
export function encode(pass: GPUComputePassEncoder, list: Ready[]): void {
  for (const { pipeline, group, workgroups } of list) {
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(...workgroups);
  }
}
