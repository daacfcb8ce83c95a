// What bench/gpu.sh keeps: no result in another's place, no measurement without a GPU, no suite called passed that did not run.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratchFolder } from '#test/scratch.ts';
import { fileReport, objectionTo, verdictOf } from '../../../bench/gpu/record.ts';

const count = (passed: number, skippedNames: string[], failures: string[] = []) =>
  ({ passed, skippedNames, skipped: skippedNames.length, failed: failures.length, failures: failures.map((name) => ({ name, message: '' })) });

test('a report takes a further name where there is one of the same day', () => {
  const folder = join(scratchFolder(), 'results');
  const report = join(scratchFolder(), 'report.md');
  for (const text of ['first', 'second', 'third']) {
    writeFileSync(report, text);
    fileReport(report, folder, '2026-11-26');
  }
  expect(readdirSync(folder).sort()).toEqual(['2026-11-26-gpu-2.md', '2026-11-26-gpu-3.md', '2026-11-26-gpu.md']);
  expect(readFileSync(join(folder, '2026-11-26-gpu.md'), 'utf8')).toBe('first');
});

test('without a GPU it says why nothing is measured, and how to mend it', () => {
  const gpu = { usable: true, reason: '', device: 'NVIDIA H100', software: false };
  expect(objectionTo(gpu, { software: false })).toBeNull();
  expect(objectionTo({ ...gpu, usable: false, reason: 'No GPU can be used.' }, { software: true })).toMatch(/^The webgpu engine cannot be used here.* No GPU can be used\.\ndocs\/engines\.md/);
  expect(objectionTo({ ...gpu, device: 'SwiftShader', software: true }, { software: false })).toMatch(/^SwiftShader is a driver that computes on the CPU[^]*VSGD_LAB_GPU_ADAPTER=software/);
  expect(objectionTo({ ...gpu, software: true }, { software: true })).toBeNull();
});

test('the suite has passed only where every test of the engine ran', () => {
  const others = ['optimizers on tensorflow VSGD', 'without an adapter the probe says what to install'];
  expect(verdictOf(count(600, others))).toEqual({ passed: true, text: 'Correctness suite passed: 600 passed, 0 failed, 2 skipped.' });
  expect(verdictOf(count(134, [...others, 'kernels of the webgpu engine (needs an adapter) Sum', 'an adapter (needs one) is lost']))).toEqual({
    passed: false, text: 'Correctness suite did NOT RUN in full: 134 passed, 0 failed, 4 skipped; skipped were 2 of the webgpu engine, the first: kernels of the webgpu engine (needs an adapter) Sum.',
  });
  expect(verdictOf(count(600, others, ['kernels Sum']))).toEqual({ passed: false, text: 'Correctness suite FAILED: 600 passed, 1 failed, 2 skipped.\n- failed: kernels Sum' });
  expect(verdictOf(count(600, ['published models on webgpu resnext29 (needs VSGD_LAB_GPU_TESTS=all VSGD_LAB_LONG=1)'])).passed).toBe(true);
});
