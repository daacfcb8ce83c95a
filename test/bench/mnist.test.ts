// The command line of bench:mnist: a usage, and what is wrong said in words before anything runs.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { mnistFiles } from '../../src-main/datasets/formats/mnist.ts';
import { scratchFolder } from '#test/scratch.ts';

const program = fileURLToPath(new URL('../../bench/mnist.ts', import.meta.url));
const bench = (...args: string[]) => spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...args], { encoding: 'utf8' });

test('--help explains it', () => {
  expect(bench('--help')).toMatchObject({ status: 0, stderr: '', stdout: expect.stringMatching(/^Times the notebook's demo.*\nnpm run bench:mnist -- FOLDER/) });
});

test('what is wrong is said with the usage, without a stack', () => {
  const folder = scratchFolder();
  const refusal = (...args: string[]) => {
    const { status, stdout, stderr } = bench(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).not.toMatch(/^\s+at /m);
    return stderr;
  };
  expect(refusal('--nope')).toMatch(/^Unknown option '--nope'.*\n\nTimes the notebook's demo/);
  expect(refusal()).toMatch(/^Name one folder, the one with MNIST's four files\./);
  expect(refusal(folder)).toContain(`${folder} lacks train-images-idx3-ubyte.gz, `);
  for (const file of mnistFiles) writeFileSync(join(folder, file), '');
  expect(refusal(folder, '--seed', 'x')).toMatch(/^--seed takes a whole number, not 'x'\./);
  expect(refusal(folder, '--engine', 'foo')).toMatch(/^--engine: there is no 'foo'\. There are auto, /);
});
