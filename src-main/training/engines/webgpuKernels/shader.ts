// How a kernel is lowered to WGSL: operands in, operands out, and its text put together from bindings, declarations and a body.
import type { Lowering as SharedLowering } from '../recording/kernels.ts';
import { sizeOf, type Operand } from '../recording/operands.ts';
import type { BufferOf, Workgroups } from '../webgpu/dispatch.ts';
import type { Sink } from '../webgpu/sink.ts';

export type { BufferOf } from '../webgpu/dispatch.ts';

export { input, sizeOf, stridesOf, up, type Operand, type Operands } from '../recording/operands.ts';

/** Inputs and attributes to outputs. */
export type Lowering<A = object> = SharedLowering<Sink, A>;

/** A fresh float32 operand. */
export const output = (sink: Sink, shape: number[]): Operand => ({ shape, block: sink.allocate(4 * sizeOf(shape)) });
/** Number of channels: the last side. */
export const channelsOf = (shape: number[]): number => shape.at(-1) ?? 1;

export type Shader = {
  buffers: BufferOf[];
  /** What must stand at the head, as `enable f16;`. */
  directives?: string;
  /** Declarations before the entry point. */
  declarations?: string;
  /** Body of the entry point; it sees `group` (workgroup_id), `lane` (index in the workgroup), and `item`, the index over all lanes. */
  body: string;
  lanes?: number;
  workgroups: Workgroups;
  /** What it computes, for profiles. */
  label?: string;
};

const widest = 65535;

/** Workgroups for so many items, one per lane, over two dimensions where one is too narrow. */
export function groupsFor(items: number, lanes = 256): Workgroups {
  const groups = Math.max(1, Math.ceil(items / lanes));
  return groups <= widest ? [groups, 1, 1] : [widest, Math.ceil(groups / widest), 1];
}

/** A NaN can only be told by its bits: a WGSL compiler may assume that there is none. */
export const nanTests = `
fn isNan(v: f32) -> bool { return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u; }
fn areNan(v: vec4f) -> vec4<bool> { return (bitcast<vec4u>(v) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u); }
`;

/**
 * Emits a kernel. A block that is named twice is bound once: two writable bindings of the same memory are an error in WebGPU,
 * and all bindings are writable, since everything may lie in one buffer.
 */
export function emit(sink: Sink, { buffers, directives = '', declarations = '', body, lanes = 256, workgroups, label = '' }: Shader): void {
  const bound: BufferOf[] = [];
  let code = `${declarations}
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32, @builtin(num_workgroups) groups: vec3u) {
  let item = (group.y * groups.x + group.x) * ${lanes}u + lane;
${body}
}
`;
  for (const buffer of buffers) {
    const [name, block, element = 'f32'] = buffer;
    const twin = bound.find(([, other, type = 'f32']) => other === block && type === element);
    if (twin) code = code.replace(new RegExp(`\\b${name}\\[`, 'g'), `${twin[0]}[`);
    else bound.push(buffer);
  }
  const heads = bound.map(([name, , element = 'f32'], index) => `@group(0) @binding(${index}) var<storage, read_write> ${name}: array<${element}>;\n`);
  sink.emit({ kind: 'dispatch', source: directives + heads.join('') + code, blocks: bound.map(([, block]) => block), workgroups, label });
}
