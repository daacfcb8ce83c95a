// Renders one sample: draws its numbers (pure functions of seed, purpose, sample) and applies the recipe into the batch.
import { randomBits, type Purpose } from '#contract';
import { affine, cropFlip, jitter, type JitterStep } from './augment.ts';
import type { Recipe } from './recipes.ts';

/** Uniform in [0, 1) for one draw of one sample. */
const draw = (seed: number, purpose: Purpose, key: readonly [sample: number, number: number]) => randomBits(seed, purpose, key) / 2 ** 32;

const jitterKinds = ['brightness', 'contrast', 'saturation'] as const;

/** Strength and order of the colour jitter of one sample. */
function drawJitter(seed: number, sample: number, strength: number): JitterStep[] {
  return jitterKinds
    .map((kind, index) => ({ kind, factor: 1 - strength + 2 * strength * draw(seed, 'jitter', [sample, index]), rank: draw(seed, 'jitter', [sample, 8 + index]) }))
    .sort((a, b) => a.rank - b.rank);
}

export type Renderer = {
  /** Pixels of one picture → floats at `offset` of `out`. `sample` counts draws: epoch · pictures + picture. */
  render(pixels: Uint8Array, sample: number, out: { images: Float32Array; offset: number }): void;
};

/** Float value of each byte per channel: (v / 255 - mean) / std in float32, as ToTensor and Normalize compute it. */
function normalizationTables(recipe: Recipe, channels: number): Float32Array[] {
  return Array.from({ length: channels }, (_, c) => Float32Array.from({ length: 256 }, (_, value) =>
    Math.fround(Math.fround(Math.fround(value / 255) - Math.fround(recipe.mean[c] ?? 0)) / Math.fround(recipe.std[c] ?? 1))));
}

function writeFloats(pixels: Uint8Array, tables: Float32Array[], { images, offset }: { images: Float32Array; offset: number }): void {
  if (tables.length === 1) {
    const [only] = tables as [Float32Array];
    for (let at = 0; at < pixels.length; at += 1) images[offset + at] = only[pixels[at] as number] as number;
    return;
  }
  const [r, g, b] = tables as [Float32Array, Float32Array, Float32Array];
  for (let at = 0; at < pixels.length; at += 3) {
    images[offset + at] = r[pixels[at] as number] as number;
    images[offset + at + 1] = g[pixels[at + 1] as number] as number;
    images[offset + at + 2] = b[pixels[at + 2] as number] as number;
  }
}

/** Applies the geometry and the colours of a recipe; the result is one of two scratch pictures, or the picture itself. */
function augment(pixels: Uint8Array, { recipe, seed, sample, side, channels, scratch }: { recipe: Recipe; seed: number; sample: number; side: number; channels: number; scratch: [Uint8Array, Uint8Array] }): Uint8Array {
  let current = pixels;
  const [first, second] = scratch;
  if (recipe.crop || recipe.flip) {
    const padding = recipe.crop?.padding ?? 0;
    const place = (number: number) => Math.floor(draw(seed, 'crop', [sample, number]) * (2 * padding + 1));
    const flip = recipe.flip && draw(seed, 'flip', [sample, 0]) < 0.5;
    cropFlip(current, first, { side, channels, padding, top: place(0), left: place(1), flip });
    current = first;
  }
  if (recipe.affine) {
    const { degrees, translate, scale } = recipe.affine;
    const uniform = (number: number) => draw(seed, 'affine', [sample, number]);
    const shift = (number: number) => Math.round((2 * uniform(number) - 1) * translate * side);
    const numbers = { degrees: (2 * uniform(0) - 1) * degrees, translate: [shift(1), shift(2)] as const, scale: scale[0] + (scale[1] - scale[0]) * uniform(3) };
    affine(current, second, { side, channels, ...numbers });
    current = second;
  }
  if (recipe.jitter !== null && channels === 3) {
    if (current === pixels) {
      first.set(pixels);
      current = first;
    }
    jitter(current, drawJitter(seed, sample, recipe.jitter));
  }
  return current;
}

/** A renderer with its own scratch memory; one per thread. */
export function createRenderer(recipe: Recipe, { side, channels, seed }: { side: number; channels: number; seed: number }): Renderer {
  const size = side * side * channels;
  const tables = normalizationTables(recipe, channels);
  const scratch: [Uint8Array, Uint8Array] = [new Uint8Array(size), new Uint8Array(size)];
  return {
    render(pixels, sample, out) {
      writeFloats(augment(pixels, { recipe, seed, sample, side, channels, scratch }), tables, out);
    },
  };
}

/** Raw and augmented pixels of some pictures, for a preview; `redraw` changes the numbers. */
export function previewAugmented(pictures: Uint8Array[], options: { recipe: Recipe; side: number; channels: number; redraw: number }): { raw: Uint8Array; augmented: Uint8Array }[] {
  const size = options.side * options.side * options.channels;
  return pictures.map((raw, sample) => {
    const scratch: [Uint8Array, Uint8Array] = [new Uint8Array(size), new Uint8Array(size)];
    return { raw, augmented: augment(raw, { ...options, seed: options.redraw, sample, scratch }).slice() };
  });
}
