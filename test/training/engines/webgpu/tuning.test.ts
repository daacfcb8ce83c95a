// Tiles of products: measured once per adapter and class of shapes, kept, and never a matter of right or wrong.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tensor, tidy, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { linear } from '../../../../src-main/training/operations/linear.ts';
import type { Product } from '../../../../src-main/training/engines/webgpuProducts/product.ts';
import { chooseTile, tiles, usableTiles } from '../../../../src-main/training/engines/webgpuProducts/tiles.ts';
import { temporaryFolder } from '../../../helpers/folder.ts';
import { openWebgpu, webgpu } from '../../../helpers/webgpu.ts';

const small = { invocations: 64, sharedBytes: 8192, half: null, plain: false, matrices: null, tileOf: () => null };
const large = { ...small, invocations: 256, sharedBytes: 49152 };
const shape = { rows: 9999, columns: 512, depth: 64 } as Product;

test('a tile is only chosen where the adapter can run it', () => {
  expect(usableTiles(small)).toEqual(['32x32x16/4x4']);
  expect(usableTiles(large)).toEqual(Object.keys(tiles).filter((name) => !name.includes('units')));
  expect(usableTiles({ ...large, half: 'float16', matrices: { m: 16, n: 16, k: 16, lanes: 32 } })).toEqual(Object.keys(tiles));
  expect(usableTiles({ ...large, half: 'float16', matrices: { m: 64, n: 64, k: 16, lanes: 32 } }).join()).not.toContain('units');
  expect(chooseTile({ ...small, tileOf: () => '128x128x16/8x8' }, shape)).toBe(tiles['32x32x16/4x4']);
  expect(chooseTile({ ...large, tileOf: () => '64x32x16/4x4' }, shape)).toBe(tiles['64x32x16/4x4']);
});

describe.skipIf(!webgpu.usable)('on an adapter (needs one)', () => {
  const before = process.env.VSGD_LAB_CACHE;
  let folder: string;
  beforeEach(() => { process.env.VSGD_LAB_CACHE = folder = temporaryFolder(); });
  afterEach(() => {
    if (before === undefined) delete process.env.VSGD_LAB_CACHE;
    else process.env.VSGD_LAB_CACHE = before;
  });

  const specs = { x: { shape: [256, 128], dtype: 'float32' as const }, weight: { shape: [132, 128], dtype: 'float32' as const }, bias: { shape: [132], dtype: 'float32' as const } };
  const inputs = Object.fromEntries(Object.entries(specs).map(([name, { shape }], stream) => [name, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, index) => Math.sin(index + stream))]));
  const product = async (tune: boolean) => {
    const engine = await openWebgpu({ tune });
    const compiled = await engine.compile(({ x, weight, bias }) => ({ y: linear({ x: x as Tensor2D, weight: weight as Tensor2D, bias: bias as Tensor1D }) }), specs, []);
    const { y } = await compiled.run(inputs);
    compiled.dispose();
    await engine.dispose();
    return y!;
  };

  test('what was measured is kept, read by the next engine, and a file cut short is measured again', async () => {
    const untuned = await product(false);
    expect(readdirSync(folder)).toEqual([]);
    const tuned = await product(true);
    const [file = ''] = readdirSync(folder);
    const kept = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Record<string, string>;
    expect(Object.keys(tiles)).toContain(Object.values(kept)[0]);
    untuned.forEach((value, index) => expect(Math.abs(value - tuned[index]!)).toBeLessThan(1e-5));
    for (const tile of Object.keys(tiles)) {
      writeFileSync(join(folder, file), JSON.stringify(Object.fromEntries(Object.keys(kept).map((key) => [key, tile]))));
      (await product(true)).forEach((value, index) => expect(Math.abs(value - untuned[index]!), tile).toBeLessThan(1e-5));
    }
    writeFileSync(join(folder, file), '{"cut');
    await product(true);
    expect(Object.keys(JSON.parse(readFileSync(join(folder, file), 'utf8')) as object)).toEqual(Object.keys(kept));
  }, 120_000);

  test('mixed precision is refused where the adapter has no float16', async () => {
    const engine = await openWebgpu({ mixed: 'float16' }).catch((error: unknown) => error as Error);
    if (engine instanceof Error) expect(engine.message).toMatch(/has no float16/);
    else {
      expect(engine.info.device).toContain('float16 products');
      const y = tidy(() => linear({ x: tensor([1, 2, 3, 4], [2, 2]) as Tensor2D, weight: tensor([5, 6, 7, 8], [2, 2]) as Tensor2D, bias: tensor([1, -1]) as Tensor1D }));
      expect([...(await y.data())]).toEqual([18, 22, 40, 52]);
      y.dispose();
      await engine.dispose();
    }
  });
});
