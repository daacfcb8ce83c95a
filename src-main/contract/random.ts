// Counter-based randomness: every draw is a pure function of a seed, a purpose and counters; there is no generator state to save.

/** What a draw is for; each purpose has draws of its own. */
export const purposes = {
  initialization: 1, order: 2, validation: 3, crop: 4, flip: 5, affine: 6, jitter: 7, shapes: 8, holdout: 9, sweep: 10, preview: 11,
} as const;
export type Purpose = keyof typeof purposes;

/** The finaliser of murmur3: a bijection of 32 bits in which every bit depends on every bit. */
function mix(h: number): number {
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** 32 random bits for (seed, purpose, a, b): counters below 2^32 each. */
export function randomBits(seed: number, purpose: Purpose, counters: readonly [a: number, b: number]): number {
  let h = mix((seed ^ 0x9e3779b9) >>> 0);
  h = mix((h + Math.imul(purposes[purpose], 0x85ebca6b)) >>> 0);
  h = mix((h + Math.imul(counters[0] + 1, 0xc2b2ae35)) >>> 0);
  return mix((h + Math.imul(counters[1] + 1, 0x27d4eb2f)) >>> 0);
}

/** A stream of draws in [0, 1) for (seed, purpose, a): the n-th call has b = n. */
export function uniforms(seed: number, purpose: Purpose, a: number): () => number {
  let b = 0;
  return () => {
    b += 1;
    return randomBits(seed, purpose, [a, b - 1]) / 2 ** 32;
  };
}

/** A stream of standard normal draws (Box, Muller 1958), two uniforms each. */
export function normals(seed: number, purpose: Purpose, a: number): () => number {
  const uniform = uniforms(seed, purpose, a);
  return () => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    return radius * Math.cos(2 * Math.PI * uniform());
  };
}

/** A permutation of 0 … count-1 (Fisher, Yates) for (seed, purpose, a). */
export function permutation(count: number, seed: number, key: { purpose: Purpose; a: number }): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last -= 1) {
    const other = Math.floor((randomBits(seed, key.purpose, [key.a, last]) / 2 ** 32) * (last + 1));
    const kept = order[last] as number;
    order[last] = order[other] as number;
    order[other] = kept;
  }
  return order;
}
