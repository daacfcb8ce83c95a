// The peers of bench:train: PyTorch and TensorFlow, as programs of bench/peers in a virtual environment of their own.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contestant } from './contestant.ts';
import { yardstick } from './table.ts';

const environment = fileURLToPath(new URL('../../.cache/peers', import.meta.url));
const programs = fileURLToPath(new URL('../peers', import.meta.url));

/** The environment's Python, which is there once the peers are installed. */
export const python = join(environment, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');

const peers: { name: string; program: string; args: string[] }[] = [
  { name: yardstick, program: 'torch_steps.py', args: ['vsgd', 'eager'] },
  { name: 'PyTorch eager, AdamW', program: 'torch_steps.py', args: ['adamw', 'eager'] },
  { name: 'PyTorch compiled, VSGD', program: 'torch_steps.py', args: ['vsgd', 'compile'] },
  { name: 'PyTorch compiled, AdamW', program: 'torch_steps.py', args: ['adamw', 'compile'] },
  { name: 'TensorFlow graph, VSGD', program: 'tensorflow_steps.py', args: ['vsgd'] },
  { name: 'TensorFlow graph, AdamW', program: 'tensorflow_steps.py', args: ['adamw'] },
];

export const peerNames = peers.map(({ name }) => name);

/** The peers whose name has one of these words, on a model as they call it. */
export const peersOn = (model: string, batch: number, words: string[]): Contestant[] => peers
  .filter(({ name }) => words.some((word) => name.includes(word)))
  .map(({ name, program, args }) => ({ name, command: python, args: [join(programs, program), model, String(batch), ...args] }));

/** Makes the virtual environment once. */
export function preparePeers(): void {
  if (!existsSync(python) && spawnSync('python3', ['-m', 'venv', environment], { stdio: 'inherit' }).status !== 0) {
    throw new Error('The peers need python3 with its venv module; on Debian: apt install python3-venv.');
  }
  if (spawnSync(python, [join(programs, 'install.py')], { stdio: 'inherit' }).status !== 0) throw new Error('The peers could not be installed; leave --peers out to measure the engines alone.');
}
