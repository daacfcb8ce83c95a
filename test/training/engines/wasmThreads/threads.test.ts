// Real threads over real memory, with a program that is at fault.
import { expect, test } from 'vitest';
import { Heap } from '../../../../src-main/training/engines/wasm/heap.ts';
import { buildKernels, hasRelaxedSimd } from '../../../../src-main/training/engines/wasmBuild/build.ts';
import { Threads } from '../../../../src-main/training/engines/wasmThreads/threads.ts';

test('a kernel that leaves the memory ends the program in every thread, and the next one runs', async () => {
  const module = await WebAssembly.compile((await buildKernels(hasRelaxedSimd())) as Uint8Array<ArrayBuffer>);
  const heap = new Heap(64 * 2 ** 20);
  const threads = new Threads(heap, module, 3);
  const [chunks, size] = [64, 1024];
  const block = heap.allocate(4 * chunks * size);
  const fill = (address: number, value: number) => ({ name: 'fill', chunks, args: [size, chunks * size, address, value] });
  try {
    const faulty = threads.load([fill(block, 1), fill(2 ** 31, 2), fill(block, 3)]);
    for (let turn = 0; turn < 20; turn += 1) expect(() => faulty.run(3)).toThrow(/out of bounds|another thread/);
    const good = threads.load([fill(block, 4)]);
    good.run(3);
    expect(new Set(heap.floats(block, chunks * size))).toEqual(new Set([4]));
  } finally {
    await threads.dispose();
  }
});
