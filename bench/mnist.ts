// `npm run bench:mnist -- FOLDER`: the notebook's demo, 3 optimizers × 3 epochs of all of MNIST with evaluation, from our command line; with --peers PyTorch's loop after it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openHome } from '#runs';

const here = fileURLToPath(new URL('.', import.meta.url));
const python = join(here, '..', '.cache', 'peers', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
const { values: options, positionals: [folder] } = parseArgs({ allowPositionals: true, options: { peers: { type: 'boolean', default: false }, engine: { type: 'string', default: 'auto' }, seed: { type: 'string', default: '1' } } });

type Row = { optimizer: string; accuracy: number; seconds: number };
type Shown = { name: string; overrides: string[]; startedAt: string; endedAt: string; metrics: Record<string, { last: number }> };

function lab(home: string, ...args: string[]): string {
  const program = join(here, '..', 'src-main', 'cli', 'main.ts');
  const result = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...args, '--home', home], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 2 ** 28 });
  if (result.status !== 0) throw new Error(`vsgd-lab ${args.join(' ')} ended with status ${result.status}.`);
  return result.stdout;
}

/** A row per run of the sweep, and the wall time of the whole command. */
function ours(home: string, data: string): { rows: Row[]; total: number } {
  lab(home, 'datasets', 'import', data, '--accept-digest');
  const start = performance.now();
  const output = lab(home, 'run', '-m', 'experiment=mnist_convmixer', 'train/optimizer=notebook_vsgd,notebook_sgd,notebook_adam', `train.seed=${options.seed}`, '--engine', options.engine, '--json');
  const total = (performance.now() - start) / 1000;
  const parsed = JSON.parse(output) as Shown | Shown[];
  const rows = [parsed].flat().map(({ name, overrides, startedAt, endedAt, metrics }) => ({
    optimizer: overrides.find((text) => text.startsWith('train/optimizer='))?.slice('train/optimizer=notebook_'.length) ?? name,
    accuracy: metrics['test/accuracy']?.last ?? Number.NaN,
    seconds: (Date.parse(endedAt) - Date.parse(startedAt)) / 1000,
  }));
  return { rows, total };
}

function pytorch(data: string): { rows: Row[]; total: number } {
  if (!existsSync(python)) throw new Error('The peers are not installed yet: run npm run bench:train -- --peers --models mnist once.');
  const start = performance.now();
  const result = spawnSync(python, [join(here, 'peers', 'torch_mnist.py'), data, options.seed], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (result.status !== 0) throw new Error(`torch_mnist.py ended with status ${result.status}.`);
  return { rows: result.stdout.trim().split('\n').map((line) => JSON.parse(line) as Row), total: (performance.now() - start) / 1000 };
}

function print(title: string, { rows, total }: { rows: Row[]; total: number }): void {
  console.log(`\n${title}: ${total.toFixed(1)} s in all`);
  for (const { optimizer, accuracy, seconds } of rows) console.log(`  ${optimizer.padEnd(6)} accuracy ${accuracy.toFixed(4)}  ${seconds.toFixed(1)} s`);
}

const home = mkdtempSync(join(tmpdir(), 'vsgd-lab-mnist-'));
try {
  const { engines } = openHome();
  if (existsSync(engines)) symlinkSync(engines, join(home, 'engines')); // installed engines are not installed again
  if (!folder) throw new Error('Say where the four files of MNIST are: npm run bench:mnist -- FOLDER [--peers] [--engine E] [--seed N].');
  print(`vsgd-lab, engine ${options.engine}`, ours(home, folder));
  if (options.peers) print('PyTorch, the notebook\'s loop', pytorch(folder));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  rmSync(home, { recursive: true, force: true }); // removes the link, not what it leads to
}
