// The formula by which the reference files fill weights and inputs, and the engines that the reference suites run on.
import { createCpuEngine, type Engine } from '#training';
import { createWasmEngine } from '../../src-main/training/engines/wasm/index.ts';

/** u(stream, i): murmur3's finaliser of a counter, in [-1, 1), rounded to float32. Each reference file names its `salt`. */
export function u(stream: number, i: number, salt = 1): number {
  let h = (Math.imul(i, 0x9e3779b1) + Math.imul(stream, 0x85ebca6b) + Math.imul(salt, 0xc2b2ae35)) >>> 0;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  h ^= h >>> 16;
  return Math.fround((h >>> 0) / 2 ** 31 - 1);
}

/** Values of the k-th parameter, in PyTorch's element order. */
export function parameterValues(k: number, { name, shape }: { name: string; shape: number[] }, salt: number): Float32Array {
  const count = shape.reduce((product, side) => product * side, 1);
  const scale = Math.sqrt(6 / (count / (shape[0] ?? 1)));
  return Float32Array.from({ length: count }, (_, i) => {
    const value = u(k, i, salt);
    if (shape.length > 1) return value * scale;
    return name.endsWith('weight') ? 1 + 0.1 * value : 0.1 * value;
  });
}

/** The input batch: drawn in NCHW order, handed over in NHWC. */
export function inputImages([n, h, w, c]: [number, number, number, number], salt: number): Float32Array {
  const images = new Float32Array(n * h * w * c);
  for (let i = 0; i < images.length; i += 1) {
    const x = i % w;
    const y = Math.floor(i / w) % h;
    const channel = Math.floor(i / (w * h)) % c;
    const sample = Math.floor(i / (w * h * c));
    images[((sample * h + y) * w + x) * c + channel] = u(100001, i, salt);
  }
  return images;
}

/** `missing` says what a skipped suite needs; `affordable` which published models the long run includes, forward and backward once or four steps too: all by default. */
export type EngineCase = { name: string; create: () => Promise<Engine>; missing?: string; affordable?: (model: { name: string }, stepped: boolean) => boolean };

export const engines: [EngineCase, EngineCase] = [
  { name: 'cpu', create: createCpuEngine },
  { name: 'wasm', create: () => createWasmEngine({ threads: 2 }) },
];
