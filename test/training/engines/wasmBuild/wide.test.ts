// The joined vectors: the same bits with and without them, in processes of their own, since V8 decides when it compiles.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** Trains a small ConvMixer for some steps in a child process, so long that V8 has optimised the kernels, and hashes its parameters. */
const program = `
import { createHash } from 'node:crypto';
import { createModel, createOptimizer, createTrainStep, createWasmEngine } from '#training';
const engine = await createWasmEngine({ threads: 1 });
const model = createModel({ name: 'convmixer', options: { dim: 24, depth: 2, kernel_size: 5, patch_size: 2, num_classes: 10 } }, { channels: 3, size: 16, seed: 3 });
const optimizer = createOptimizer({ name: 'vsgd', options: { params: null, lr: 0.01, ps: 1e-7, weight_decay: 0, ghattg: 30, tau1: 0.81, tau2: 0.9, eps: 1e-8 } }, model.parameters);
const plan = createTrainStep(model, optimizer);
const step = await engine.compile(plan.step, plan.inputs([8, 16, 16, 3]), plan.state);
const images = Float32Array.from({ length: 8 * 16 * 16 * 3 }, (_, i) => Math.sin(i * 12.9898));
const labels = Int32Array.from({ length: 8 }, (_, i) => i);
const hash = createHash('sha256');
for (let run = 0; run < 60; run += 1) {
  const { loss } = await step.run({ images, labels, hyper: optimizer.hyper(0.01), limits: new Float32Array(2) });
  optimizer.t += 1;
  hash.update(loss);
}
for (const { variable } of model.parameters) hash.update(await engine.read(variable));
console.log(hash.digest('hex'));
process.exit(0);
`;

function trained(wide: string): string {
  return execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program], { cwd: root, encoding: 'utf8', env: { ...process.env, VSGD_LAB_WASM_WIDE: wide }, stdio: ['ignore', 'pipe', 'ignore'] }).trim().split('\n').at(-1) ?? '';
}

test('60 training steps give the same bits with joined vectors and without', () => {
  const narrow = trained('off');
  expect(narrow).toMatch(/^[0-9a-f]{64}$/);
  expect(trained('on')).toBe(narrow);
}, 120_000);
