// Generated data sets made by several processes at once, as when the first runs of a sweep start together.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { verifyDataset } from '#datasets';
import { scratchFolder } from '#test/scratch.ts';

const program = "const { generateShapes } = await import('#datasets'); for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) await generateShapes({ root: process.argv[1], trainSize: 20, testSize: 10, noise: 0.1, xDim: 28, seed });";

test('four processes make the same ones at the same time: none fails, each is whole, nothing is left', async () => {
  const root = join(scratchFolder(), 'datasets');
  const codes = await Promise.all([1, 2, 3, 4].map(async () => (await once(spawn(process.execPath, ['--input-type=module', '-e', program, root], { stdio: ['ignore', 'ignore', 'inherit'] }), 'exit'))[0] as number));
  expect(codes).toEqual([0, 0, 0, 0]);
  const made = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => `shapes-20-10-0.1-28-${seed}`);
  expect(readdirSync(root).sort()).toEqual(made);
  for (const name of made) await verifyDataset(root, name);
});
