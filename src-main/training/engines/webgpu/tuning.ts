// Which tile a product gets on this adapter: each product is measured once with every tile, and the choice kept beside the wasm kernels.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Block } from '../recording/block.ts';
import { cacheFolders, keep } from '../wasmBuild/build.ts';
import { multiply } from '../webgpuProducts/matrix.ts';
import type { Product } from '../webgpuProducts/product.ts';
import { candidates, nameOf, smallest } from '../webgpuProducts/tiles.ts';
import type { AdapterFacts } from './device.ts';
import { Pipelines, type Ready } from './pipelines.ts';
import { placeInstructions } from './place.ts';
import { timeDispatches } from './profile.ts';
import type { Instruction, Sink } from './sink.ts';
import type { EagerSink } from './sinks.ts';

const rounds = 4;
/** Products of fewer multiplications than this take about the time of a launch whatever their tile. */
const worthwhile = 2 ** 22;

/** A product's measures, and what its text depends on beside the tile. */
function keyOf({ rows, columns, depth, batch, a, b, buffers, declarations, place, wide }: Product): string {
  const text = JSON.stringify([a, b, buffers.map(([name, , element]) => [name, element]), declarations, place, wide]);
  return `${rows}x${columns}x${depth}x${batch} ${createHash('sha256').update(text).digest('hex').slice(0, 8)}`;
}

export class Tuning {
  readonly #file: string;
  readonly #known: Map<string, string>;
  readonly #missing = new Map<string, Product>();
  readonly #enabled: boolean;
  readonly #otherwise: string | null;

  /** @param enabled false: products that were not measured before get the default tile */
  constructor({ vendor, architecture, name, driver, software }: AdapterFacts, { half, enabled }: { half: boolean; enabled: boolean }) {
    const adapter = createHash('sha256').update(JSON.stringify([vendor, architecture, name, driver, half])).digest('hex');
    this.#file = `webgpu-tiles-${adapter.slice(0, 32)}.json`;
    this.#known = new Map(Object.entries(this.#read()));
    this.#enabled = enabled;
    // A CPU has no lanes to fill, and compiles a large tile's text for longer than it computes.
    this.#otherwise = software ? nameOf(smallest) : null;
  }

  /** Products that a recording asked for in vain since the last measurement. */
  get missing(): number { return this.#missing.size; }

  /** The tile of a product, or null where none was measured: it is then noted for `measure`. */
  tileOf(product: Product): string | null {
    const { rows, columns, depth, batch } = product;
    if (rows * columns * depth * batch < worthwhile) return this.#otherwise;
    const key = keyOf(product);
    const known = this.#known.get(key);
    if (known === undefined && this.#enabled) this.#missing.set(key, product);
    return known ?? this.#otherwise;
  }

  /** Measures what was missing and keeps it. Afterwards the same step must be recorded again. */
  async measure(sink: EagerSink, device: GPUDevice): Promise<void> {
    for (const [key, product] of this.#missing) this.#known.set(key, await fastest(sink, device, product));
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

/** Milliseconds of one run of the dispatches: by the GPU's clock, or by ours where it has none. */
async function millisecondsOf(device: GPUDevice, dispatches: Ready[], sink: EagerSink): Promise<number> {
  if (device.features.has('timestamp-query')) {
    return (await timeDispatches(device, dispatches, 1)).reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  }
  await device.queue.onSubmittedWorkDone();
  const start = performance.now();
  sink.replay(dispatches);
  await device.queue.onSubmittedWorkDone();
  return performance.now() - start;
}

/** Times the product itself with every tile that may suit it, on memory that stands in for its operands. */
async function fastest(sink: EagerSink, device: GPUDevice, product: Product): Promise<string> {
  const taken: Block[] = [];
  const take = (bytes: number): Block => {
    const block = sink.allocate(bytes);
    taken.push(block);
    return block;
  };
  const standIns = new Map<Block, Block>();
  const standIn = (block: Block): Block => {
    const known = standIns.get(block) ?? take(block.bytes);
    standIns.set(block, known);
    return known;
  };
  const stood: Product = {
    ...product, buffers: product.buffers.map(([name, block, ...element]) => [name, standIn(block), ...element]),
    y: { ...product.y, block: standIn(product.y.block) }, bias: product.bias && standIn(product.bias),
  };
  // Of its own: most of what is tried is never needed again.
  const pipelines = new Pipelines(device);
  const placedWith = (tile: string) => {
    const instructions: Instruction[] = [];
    const collector: Sink = { abilities: { ...sink.abilities, tileOf: () => tile }, allocate: take, renew: (block) => block, free: () => {}, emit: (one) => instructions.push(one) };
    multiply(collector, stood);
    return { tile, placed: placeInstructions(sink.memory, instructions).placed };
  };
  const tried = candidates(sink.abilities, product).map(placedWith);
  const compiled = await Promise.allSettled(tried.map(async ({ tile, placed }) => {
    await pipelines.prepare(placed);
    return { tile, dispatches: placed.map((one) => pipelines.ready(one)), milliseconds: Infinity };
  }));
  // What the driver does not compile is not chosen.
  const runners = compiled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  // In turns: a GPU that had nothing to do needs a while to reach its clock.
  for (let round = 0; round < rounds; round += 1) {
    for (const one of runners) one.milliseconds = Math.min(one.milliseconds, await millisecondsOf(device, one.dispatches, sink));
  }
  taken.forEach((block) => sink.free(block));
  return runners.sort((x, y) => x.milliseconds - y.milliseconds)[0]?.tile ?? nameOf(smallest);
}
