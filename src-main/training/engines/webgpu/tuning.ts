// Which tile a product gets on this adapter: measured once per class of shapes, kept in the cache beside the wasm kernels.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Operand } from '../recording/operands.ts';
import { cacheFolders, keep } from '../wasmBuild/build.ts';
import { linearWeightGradient } from '../webgpuKernels/linear.ts';
import { shapeClass, usableTiles, type ProductShape } from '../webgpuProducts/tiles.ts';
import type { AdapterFacts } from './device.ts';
import type { Abilities } from './sink.ts';
import type { EagerSink } from './sinks.ts';

/** A product to measure by is no larger than this: a part of the real one tells as much. */
const most: ProductShape = { rows: 8192, columns: 512, depth: 2304 };
const rounds = 3;
const repeats = 4;

export class Tuning {
  readonly #file: string;
  readonly #known: Map<string, string>;
  readonly #missing = new Map<string, ProductShape>();
  readonly #enabled: boolean;
  readonly #otherwise: string | null;

  /** @param enabled false: shapes that were not measured before get the default tile */
  constructor({ vendor, architecture, name, driver, software }: AdapterFacts, { half, enabled }: { half: boolean; enabled: boolean }) {
    const adapter = createHash('sha256').update(JSON.stringify([vendor, architecture, name, driver, half])).digest('hex');
    this.#file = `webgpu-tiles-${adapter.slice(0, 32)}.json`;
    this.#known = new Map(Object.entries(this.#read()));
    this.#enabled = enabled;
    // A CPU has no lanes to fill, and compiles a large tile's text for longer than it computes.
    this.#otherwise = software ? '32x32' : null;
  }

  /** Shapes that a recording asked for in vain since the last measurement. */
  get missing(): number { return this.#missing.size; }

  /** The tile of a shape, or null where none was measured: it is then noted for `measure`. */
  tileOf(shape: ProductShape): string | null {
    const key = shapeClass(shape);
    const known = this.#known.get(key);
    if (known === undefined && this.#enabled) this.#missing.set(key, shape);
    return known ?? this.#otherwise;
  }

  /** Measures what was missing and keeps it. Afterwards the same step must be recorded again. */
  async measure(sink: EagerSink, device: GPUDevice): Promise<void> {
    for (const [key, shape] of this.#missing) this.#known.set(key, await fastest(sink, device, shape));
    this.#missing.clear();
    keep(this.#file, Buffer.from(`${JSON.stringify(Object.fromEntries([...this.#known].sort()), null, 1)}\n`));
  }

  #read(): Record<string, string> {
    for (const folder of cacheFolders()) {
      try {
        return JSON.parse(readFileSync(join(folder, this.#file), 'utf8')) as Record<string, string>;
      } catch {
        // Not there, or cut short: it is measured again.
      }
    }
    return {};
  }
}

/** The sink with one tile for everything. */
const withTile = (sink: EagerSink, tile: string): EagerSink => Object.create(sink, {
  abilities: { value: { ...sink.abilities, tileOf: () => tile } satisfies Abilities },
  emit: { value: sink.emit.bind(sink) }, allocate: { value: sink.allocate.bind(sink) }, free: { value: sink.free.bind(sink) },
}) as EagerSink;

/** Times a plain product of this shape with every tile that the adapter can run: the least of some rounds, after one to compile. */
async function fastest(sink: EagerSink, device: GPUDevice, shape: ProductShape): Promise<string> {
  const [rows, columns, depth] = [Math.min(shape.rows, most.rows), Math.min(shape.columns, most.columns), Math.min(shape.depth, most.depth)];
  const operand = (sides: number[]): Operand => ({ shape: sides, block: sink.allocate(4 * (sides[0] as number) * (sides[1] as number)) });
  const inputs = { x: operand([depth, columns]), dy: operand([depth, rows]) };
  let best = { tile: '32x32', time: Infinity };
  for (const tile of usableTiles(sink.abilities)) {
    const tiled = withTile(sink, tile);
    for (let round = 0; round <= rounds; round += 1) {
      await device.queue.onSubmittedWorkDone();
      const start = performance.now();
      for (let repeat = 0; repeat < repeats; repeat += 1) for (const { block } of linearWeightGradient(tiled, inputs, {})) sink.free(block);
      sink.flush();
      await device.queue.onSubmittedWorkDone();
      const time = performance.now() - start;
      if (round > 0 && time < best.time) best = { tile, time };
    }
  }
  Object.values(inputs).forEach(({ block }) => sink.free(block));
  return best.tile;
}
