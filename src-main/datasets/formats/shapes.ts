// Generated pictures: ten geometric shapes of random place, size, turn and colours on a plain ground, with noise.
// Every pixel is a pure function of (seed, split, index): the same options give the same bytes on every computer.
import { randomBits, uniforms } from '#contract';

/** What the pictures depend on. Sizes in pictures, `xDim` in pixels, `noise` as standard deviation of values in 0 … 1. */
export type ShapesOptions = { trainSize: number; testSize: number; noise: number; xDim: number; seed?: number };

/** Signed distance to the outline at (x, y), negative inside; the shape fits into the unit circle. */
type Shape = (x: number, y: number) => number;

const box = (x: number, y: number, [width, height]: readonly [number, number]): number => Math.max(Math.abs(x) - width, Math.abs(y) - height);
const disc = (x: number, y: number, radius: number): number => Math.sqrt(x * x + y * y) - radius;
const triangle: Shape = (x, y) => Math.max(y - 0.5, 0.866 * Math.abs(x) - 0.5 * y - 0.5);

const shapes: readonly (readonly [name: string, shape: Shape])[] = [
  ['circle', (x, y) => disc(x, y, 0.9)],
  ['square', (x, y) => box(x, y, [0.7, 0.7])],
  ['triangle', triangle],
  ['ring', (x, y) => Math.abs(disc(x, y, 0.7)) - 0.2],
  ['cross', (x, y) => Math.min(box(x, y, [0.9, 0.25]), box(x, y, [0.25, 0.9]))],
  ['bar', (x, y) => box(x, y, [0.95, 0.22])],
  ['frame', (x, y) => Math.abs(box(x, y, [0.6, 0.6])) - 0.14],
  ['crescent', (x, y) => Math.max(disc(x, y, 0.9), -disc(x - 0.45, y, 0.75))],
  ['star', (x, y) => Math.min(triangle(x, y), triangle(x, -y))],
  ['two dots', (x, y) => Math.min(disc(x - 0.5, y, 0.38), disc(x + 0.5, y, 0.38))],
];

/** Names of the classes, in the order of their numbers. */
export const shapeClasses: readonly string[] = shapes.map(([name]) => name);

/** Standard deviation of the sum of four random bytes. */
const byteSumDeviation = Math.sqrt((4 * (256 ** 2 - 1)) / 12);

/** Nearly normal noise in units of its deviation: the sum of four bytes of one draw. */
function noiseAt(seed: number, picture: number, value: number): number {
  const bits = randomBits(seed, 'shapes', [picture, 64 + value]);
  return ((bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24) - 510) / byteSumDeviation;
}

type Scene = { shape: Shape; centreX: number; centreY: number; radius: number; cos: number; sin: number; ground: number[]; colour: number[] };

function drawScene(uniform: () => number, { label, xDim }: { label: number; xDim: number }): Scene {
  const radius = xDim * (0.24 + 0.16 * uniform());
  const turn = (uniform() - 0.5) * (Math.PI / 3);
  const place = (): number => xDim / 2 + (uniform() - 0.5) * (xDim - 2 * radius) * 0.8;
  const ground = [uniform(), uniform(), uniform()];
  const dark = (ground[0] as number) + (ground[1] as number) + (ground[2] as number) < 1.5;
  const colour = ground.map((value) => Math.min(1, Math.max(0, value + (dark ? 1 : -1) * (0.3 + 0.5 * uniform()))));
  const shape = (shapes[label] as (typeof shapes)[number])[1];
  return { shape, radius, ground, colour, centreX: place(), centreY: place(), cos: Math.cos(turn), sin: Math.sin(turn) };
}

/** How much of the pixel the shape covers: 0 … 1, soft over one pixel. */
function coverage({ shape, centreX, centreY, radius, cos, sin }: Scene, column: number, row: number): number {
  const x = (column + 0.5 - centreX) / radius;
  const y = (row + 0.5 - centreY) / radius;
  return Math.min(1, Math.max(0, 0.5 - shape(cos * x + sin * y, cos * y - sin * x) * radius));
}

/**
 * Paints picture number `index` of a split (0 train, 1 test) as uint8 [xDim, xDim, 3] into `target`; returns its class,
 * `index` modulo 10.
 */
export function paintShape(target: Uint8Array, { split, index }: { split: 0 | 1; index: number }, { xDim, noise, seed = 0 }: ShapesOptions): number {
  const picture = 2 * index + split;
  const label = index % shapes.length;
  const scene = drawScene(uniforms(seed, 'shapes', picture), { label, xDim });
  for (let row = 0; row < xDim; row += 1) {
    for (let column = 0; column < xDim; column += 1) {
      const inside = coverage(scene, column, row);
      for (let channel = 0; channel < 3; channel += 1) {
        const at = 3 * (row * xDim + column) + channel;
        const plain = (scene.ground[channel] as number) * (1 - inside) + (scene.colour[channel] as number) * inside;
        target[at] = Math.round(255 * Math.min(1, Math.max(0, plain + noise * noiseAt(seed, picture, at))));
      }
    }
  }
  return label;
}
