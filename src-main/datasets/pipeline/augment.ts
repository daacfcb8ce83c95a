// The augmentations on uint8 pictures [side, side, channels]: torchvision's definitions with PIL's arithmetic, given the drawn numbers.

/** Drawn numbers of one picture. */
export type Affine = { degrees: number; translate: readonly [x: number, y: number]; scale: number };
export type JitterStep = { kind: 'brightness' | 'contrast' | 'saturation'; factor: number };
export type Side = { side: number; channels: number };

/** RandomCrop with zero padding, and RandomHorizontalFlip: `top` and `left` count in the padded picture. */
export function cropFlip(from: Uint8Array, to: Uint8Array, { side, channels, padding, top, left, flip }: Side & { padding: number; top: number; left: number; flip: boolean }): void {
  for (let y = 0; y < side; y += 1) {
    const sourceY = y + top - padding;
    const row = sourceY * side;
    for (let x = 0; x < side; x += 1) {
      const sourceX = (flip ? side - 1 - x : x) + left - padding;
      const at = (y * side + x) * channels;
      const inside = sourceY >= 0 && sourceY < side && sourceX >= 0 && sourceX < side;
      const source = (row + sourceX) * channels;
      for (let c = 0; c < channels; c += 1) to[at + c] = inside ? (from[source + c] as number) : 0;
    }
  }
}

/**
 * RandomAffine, nearest neighbour, zero fill: torchvision's inverse matrix about the centre, walked in PIL's 16.16 fixed point.
 * Source: torchvision.transforms.functional._get_inverse_affine_matrix; Pillow, libImaging/Geometry.c, affine_fixed.
 */
export function affine(from: Uint8Array, to: Uint8Array, { side, channels, degrees, translate, scale }: Side & Affine): void {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle) / scale, Math.sin(angle) / scale];
  const centre = side * 0.5;
  const [shiftX, shiftY] = [-centre - translate[0], -centre - translate[1]];
  const offsetX = cos * shiftX + sin * shiftY + centre;
  const offsetY = -sin * shiftX + cos * shiftY + centre;
  const fixed = (value: number) => Math.floor(value * 65536 + 0.5);
  const [stepX, turnX, stepY, turnY] = [fixed(cos), fixed(sin), fixed(-sin), fixed(cos)];
  let rowX = fixed(offsetX + cos * 0.5 + sin * 0.5);
  let rowY = fixed(offsetY - sin * 0.5 + cos * 0.5);
  let at = 0;
  for (let y = 0; y < side; y += 1) {
    let sourceX = rowX;
    let sourceY = rowY;
    for (let x = 0; x < side; x += 1) {
      const px = sourceX >> 16;
      const py = sourceY >> 16;
      const inside = px >= 0 && px < side && py >= 0 && py < side;
      const source = (py * side + px) * channels;
      for (let c = 0; c < channels; c += 1) to[at + c] = inside ? (from[source + c] as number) : 0;
      at += channels;
      sourceX += stepX;
      sourceY += stepY;
    }
    rowX += turnX;
    rowY += turnY;
  }
}

/** Rec. 601 luma of Pillow's convert('L'). */
const luma = (r: number, g: number, b: number) => (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16;

/** Pillow's blend: float32, truncated, clipped. */
function blend(degenerate: number, value: number, factor: number): number {
  const mixed = Math.fround(degenerate + Math.fround(factor * (value - degenerate)));
  return mixed <= 0 ? 0 : mixed >= 255 ? 255 : Math.trunc(mixed);
}

function byTable(pixels: Uint8Array, degenerate: number, factor: number): void {
  const table = new Uint8Array(256);
  for (let value = 0; value < 256; value += 1) table[value] = blend(degenerate, value, factor);
  for (let index = 0; index < pixels.length; index += 1) pixels[index] = table[pixels[index] as number] as number;
}

function meanLuma(pixels: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < pixels.length; at += 3) sum += luma(pixels[at] as number, pixels[at + 1] as number, pixels[at + 2] as number);
  return Math.floor(sum / (pixels.length / 3) + 0.5);
}

function saturate(pixels: Uint8Array, factor: number): void {
  for (let at = 0; at < pixels.length; at += 3) {
    const [r, g, b] = [pixels[at] as number, pixels[at + 1] as number, pixels[at + 2] as number];
    const grey = luma(r, g, b);
    pixels[at] = blend(grey, r, factor);
    pixels[at + 1] = blend(grey, g, factor);
    pixels[at + 2] = blend(grey, b, factor);
  }
}

/** ColorJitter on an RGB picture, in place: ImageEnhance's brightness, contrast and saturation in the drawn order. */
export function jitter(pixels: Uint8Array, steps: readonly JitterStep[]): void {
  for (const { kind, factor } of steps) {
    const single = Math.fround(factor);
    if (kind === 'brightness') byTable(pixels, 0, single);
    else if (kind === 'contrast') byTable(pixels, meanLuma(pixels), single);
    else saturate(pixels, single);
  }
}
