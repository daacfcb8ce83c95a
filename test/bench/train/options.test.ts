// The command line of bench:train: what it means, and that what cannot be meant is refused before anything is measured.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { enginesOf, readOptions } from '../../../bench/train/options.ts';
import { peersOn } from '../../../bench/train/peers.ts';

const row = (name: string, usable: boolean, playsGpu = false) => ({ name, usable, playsGpu, reason: usable ? '' : 'Not installed.' });
const listing = [row('tensorflow-cuda', false), row('webgpu', true, true), row('tensorflow', false), row('wasm', true), row('cpu', true)];

function bench(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', fileURLToPath(new URL('../../../bench/train.ts', import.meta.url)), ...args], { encoding: 'utf8' });
}

test('without options all models, the usual batches and rounds', () => {
  expect(readOptions([])).toEqual({ engines: null, models: ['mnist', 'convmixer', 'vgg', 'resnext', 'resnet'], batches: null, peers: false, only: [''], rounds: 3, steps: null, json: null, markdown: null });
  expect(readOptions(['--engines', 'wasm, tensorflow', '--models', 'vgg', '--batch', '32,8', '--peers', '--only', 'eager; graph', '--rounds', '5', '--steps', '2', '--json', 'a.json'])).toMatchObject({ engines: ['wasm', 'tensorflow'], models: ['vgg'], batches: [32, 8], only: ['eager', 'graph'], rounds: 5, steps: 2, json: 'a.json' });
  expect(readOptions(['--help', '--rounds', 'x'])).toBeNull();
});

test.each([
  ['--batch abc', '--batch takes a whole number of at least 1, not \'abc\'.'],
  ['--batch 32,', '--batch takes a whole number of at least 1, not \'\'.'],
  ['--rounds x', '--rounds takes a whole number of at least 1, not \'x\'.'],
  ['--rounds 0', '--rounds takes a whole number of at least 1, not \'0\'.'],
  ['--steps 1.5', '--steps takes a whole number of at least 1, not \'1.5\'.'],
  ['--models mnist,nope', '--models: there is no \'nope\'. There are mnist, convmixer, vgg, resnext, resnet.'],
  ['--only eager', '--only chooses among the peers; give --peers too.'],
  ['--peers --only jax', '--only: no peer\'s name has \'jax\'. They are PyTorch eager, VSGD; PyTorch eager, AdamW;'],
  ['--json /nowhere/at/all.json', '--json: there is no folder /nowhere/at.'],
  ['--nope', 'Unknown option \'--nope\''],
])('%s is refused', (line, message) => {
  expect(() => readOptions(line.split(' '))).toThrow(message);
});

test('engines are those for work that can be used, or those asked for', () => {
  expect(enginesOf(null, listing)).toEqual(['wasm']);
  expect(enginesOf(['webgpu', 'cpu'], listing)).toEqual(['webgpu', 'cpu']);
  expect(() => enginesOf(['foo'], listing)).toThrow('--engines: there is no \'foo\'. There are tensorflow-cuda, webgpu, tensorflow, wasm, cpu.');
  expect(() => enginesOf(['wasm', 'tensorflow'], listing)).toThrow('--engines: tensorflow cannot be used here. Not installed.');
});

test('peers are chosen by words of their names', () => {
  expect(peersOn('vgg', 32, ['eager']).map(({ name }) => name)).toEqual(['PyTorch eager, VSGD', 'PyTorch eager, AdamW']);
  expect(peersOn('vgg', 32, ['graph, VSGD'])[0]?.args.slice(1)).toEqual(['vgg', '32', 'vsgd']);
  expect(peersOn('vgg', 32, [''])).toHaveLength(6);
});

test('the program says what is wrong with the usage and ends with 2; with 1 where an engine gave no number', () => {
  const refused = bench('--engines', 'foo');
  expect(refused).toMatchObject({ status: 2, stdout: '' });
  expect(refused.stderr).toMatch(/^--engines: there is no 'foo'\. There are .*\n\nTimes training steps/);
  const failed = bench('--engines', 'wasm', '--models', 'mnist', '--batch', '999999999');
  expect(failed.stdout).toContain('| wasm | none: ');
  expect(failed.status).toBe(1);
});
