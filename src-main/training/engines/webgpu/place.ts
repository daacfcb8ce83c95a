// From instructions over blocks to dispatches over GPU buffers. Neighbouring updates, and squares, become one dispatch per set of buffers.
import type { Block } from '../recording/block.ts';
import { squaresColumns, squaresSource, updateColumns, updateSource } from '../webgpuKernels/updates.ts';
import { groupsFor } from '../webgpuKernels/shader.ts';
import type { Workgroups } from './dispatch.ts';
import type { DeviceMemory, Slice } from './memory.ts';
import { chunkOf, type Instruction, type Squares, type Update } from './sink.ts';

export type Placed = { source: string; bindings: Slice[]; workgroups: Workgroups; label: string };
export type Placement = { placed: Placed[]; /** Addresses of the tables; to be released. */ tables: number[] };

/** Rows of blocks whose columns lie in the same buffers. */
type Batch = { rows: number[]; homes: number[]; slices: Slice[] };

/** Grows a slice over another one of the same buffer. */
function joined(a: Slice, b: Slice): Slice {
  const offset = Math.min(a.offset, b.offset);
  return { buffer: a.buffer, offset, size: Math.max(a.offset + a.size, b.offset + b.size) - offset };
}

/** Puts rows together as far as their columns share buffers and one binding can span them. */
function batchRows(memory: DeviceMemory, rows: Block[][]): Batch[] {
  const open = new Map<string, Batch>();
  const done: Batch[] = [];
  const numbers = new Map<GPUBuffer, number>();
  rows.forEach((blocks, row) => {
    const slices = blocks.map(({ address, bytes }) => memory.slice(address, bytes));
    for (const { buffer } of slices) if (!numbers.has(buffer)) numbers.set(buffer, numbers.size);
    const own = [...new Set(slices.map(({ buffer }) => buffer))];
    const key = slices.map(({ buffer }) => numbers.get(buffer)).join();
    const spans = (before: Slice[]) => own.map((buffer, home) => slices.filter((slice) => slice.buffer === buffer).reduce(joined, before[home] ?? (slices.find((slice) => slice.buffer === buffer) as Slice)));
    const batch = open.get(key);
    const grown = spans(batch?.slices ?? []);
    if (batch && grown.every(({ size }) => size <= memory.limits.maxBindingBytes)) {
      batch.rows.push(row);
      batch.slices = grown;
      return;
    }
    const fresh: Batch = { rows: [row], homes: slices.map(({ buffer }) => own.indexOf(buffer)), slices: spans([]) };
    open.set(key, fresh);
    done.push(fresh);
  });
  return done;
}

/** Offset of a block in its buffer's binding. */
const offsetIn = (memory: DeviceMemory, block: Block, slice: Slice | undefined) => memory.slice(block.address, block.bytes).offset - (slice?.offset ?? 0);

function tableOf(memory: DeviceMemory, numbers: number[], { tables }: Placement): Slice {
  // In a buffer of its own: two writable bindings must not overlap, and the others span whatever lies between their blocks.
  const address = memory.own(4 * numbers.length);
  tables.push(address);
  memory.write(address, Uint32Array.from(numbers));
  return memory.slice(address, 4 * numbers.length);
}

/** Calls `part(offset, elements)` for every chunk of a tensor. */
function eachChunk(count: number, part: (offset: number, elements: number) => void): void {
  for (let offset = 0; offset < count; offset += chunkOf) part(offset, Math.min(chunkOf, count - offset));
}

function placeUpdates(memory: DeviceMemory, updates: Update[], placement: Placement): void {
  const rows = updates.map(({ gradient, targets, hyper, control }) => [gradient, ...targets, hyper, control]);
  for (const { rows: members, homes, slices } of batchRows(memory, rows)) {
    const numbers: number[] = [];
    for (const row of members) {
      const { count, targets, rule } = updates[row] as Update;
      const blocks = rows[row] as Block[];
      const offsets = blocks.map((block, column) => offsetIn(memory, block, slices[homes[column] as number]) / 16);
      const moving = targets.length + 1;
      eachChunk(count, (offset, elements) => numbers.push(elements, ...offsets.map((at, column) => (column < moving ? at + offset / 4 : at))));
      if (rule !== (updates[0] as Update).rule) throw new Error('Updates of two rules cannot share a dispatch.');
    }
    const entries = numbers.length / updateColumns(updates[0] as Update);
    placement.placed.push({ source: updateSource((updates[0] as Update).rule, homes, entries), bindings: [tableOf(memory, numbers, placement), ...slices], workgroups: groupsFor(entries, 1), label: `update ${(updates[0] as Update).rule}` });
  }
}

function placeSquares(memory: DeviceMemory, { parts, partial }: Squares, placement: Placement): void {
  const starts: number[] = [];
  parts.reduce((start, { count }) => {
    starts.push(start);
    return start + Math.ceil(count / chunkOf);
  }, 0);
  for (const { rows, homes, slices } of batchRows(memory, parts.map(({ block }) => [block, partial]))) {
    const numbers: number[] = [];
    for (const row of rows) {
      const { block, count } = parts[row] as Squares['parts'][number];
      const [from, to] = [offsetIn(memory, block, slices[homes[0] as number]) / 4, offsetIn(memory, partial, slices[homes[1] as number]) / 4];
      eachChunk(count, (offset, elements) => numbers.push(elements, from + offset, to + (starts[row] as number) + offset / chunkOf));
    }
    if (numbers.length === 0) continue;
    const entries = numbers.length / squaresColumns;
    placement.placed.push({ source: squaresSource(homes, entries), bindings: [tableOf(memory, numbers, placement), ...slices], workgroups: groupsFor(entries, 1), label: 'squares' });
  }
}

const together = (a: Update, b: Update) => a.rule === b.rule && a.hyper === b.hyper && a.control === b.control && a.targets.length === b.targets.length;

/** Every block of the instructions must have its address. */
export function placeInstructions(memory: DeviceMemory, instructions: Instruction[]): Placement {
  const placement: Placement = { placed: [], tables: [] };
  let updates: Update[] = [];
  const flush = () => {
    if (updates.length > 0) placeUpdates(memory, updates, placement);
    updates = [];
  };
  for (const instruction of instructions) {
    if (instruction.kind === 'update' && (updates.length === 0 || together(updates[0] as Update, instruction))) {
      updates.push(instruction);
      continue;
    }
    flush();
    if (instruction.kind === 'update') updates.push(instruction);
    else if (instruction.kind === 'squares') placeSquares(memory, instruction, placement);
    else placement.placed.push({ source: instruction.source, workgroups: instruction.workgroups, label: instruction.label ?? '', bindings: instruction.blocks.map(({ address, bytes }) => memory.slice(address, bytes)) });
  }
  flush();
  return placement;
}
