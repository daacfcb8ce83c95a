// The augmentations against Pillow, bit for bit, with given parameters (fixtures/make.py made the expected bytes).
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { affine, cropFlip, jitter, type JitterStep } from '../../../src-main/datasets/pipeline/augment.ts';

type Case = { kind: 'affine' | 'jitter' | 'crop'; side: number; salt: number; expected: string; degrees: number; translate: [number, number]; scale: number; steps: [JitterStep['kind'], number][]; top: number; left: number; flip: boolean };
const cases = JSON.parse(readFileSync(new URL('./fixtures/pillow.json', import.meta.url), 'utf8')) as Case[];

/** The formula of make.py. */
const picture = (side: number, salt: number) => Uint8Array.from({ length: side * side * 3 }, (_, i) => Number(((BigInt(i) * 2654435761n + BigInt(salt) * 40503n) >> 7n) % 256n));

test.each(cases.map((one, index) => [`${one.kind} ${index}`, one] as const))('%s', (_name, one) => {
  const pixels = picture(one.side, one.salt);
  const out = new Uint8Array(pixels.length);
  const common = { side: one.side, channels: 3 };
  if (one.kind === 'affine') affine(pixels, out, { ...common, degrees: one.degrees, translate: one.translate, scale: one.scale });
  else if (one.kind === 'crop') cropFlip(pixels, out, { ...common, padding: 4, top: one.top, left: one.left, flip: one.flip });
  else {
    out.set(pixels);
    jitter(out, one.steps.map(([kind, factor]) => ({ kind, factor })));
  }
  const wanted = Buffer.from(one.expected, 'base64');
  expect(wanted.filter((value, index) => value !== out[index]).length, 'pixels that differ').toBe(0);
});
