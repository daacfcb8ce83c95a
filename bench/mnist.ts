// `npm run bench:mnist -- FOLDER`: the notebook's demo, 3 optimizers × 3 epochs of all of MNIST with evaluation, from our command line; with --peers PyTorch's loop after it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openHome } from '#runs';
import { listEngines } from '#training';
import { mnistFiles } from '../src-main/datasets/formats/mnist.ts';
import { namesOf, runProgram, UsageError } from './arguments.ts';
import { python } from './train/peers.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

const usage = `Times the notebook's demo as whole runs: VSGD, SGD and Adam, 3 epochs of all of MNIST each, with evaluation.
npm run bench:mnist -- FOLDER [options]
  FOLDER      where MNIST's four files are: ${mnistFiles.join(', ')}
  --engine E  the engine of the runs (auto)
  --seed N    (1)
  --peers     PyTorch's loop after it; npm run bench:train -- --peers --models mnist installs it
`;

type Options = { folder: string; engine: string; seed: string; peers: boolean };

/** null where only the usage is asked for. */
function readOptions(args: string[]): Options | null {
  const { values: { help, ...values }, positionals: [folder, ...more] } = parseArgs({ args, allowPositionals: true, options: {
    peers: { type: 'boolean', default: false }, engine: { type: 'string', default: 'auto' }, seed: { type: 'string', default: '1' }, help: { type: 'boolean', short: 'h', default: false },
  } });
  if (help) return null;
  if (folder === undefined || more.length > 0) throw new UsageError('Name one folder, the one with MNIST\'s four files.');
  const missing = mnistFiles.filter((file) => !existsSync(join(folder, file)));
  if (missing.length > 0) throw new UsageError(`${folder} lacks ${missing.join(', ')}.`);
  if (!/^\d{1,9}$/.test(values.seed)) throw new UsageError(`--seed takes a whole number, not '${values.seed}'.`);
  if (values.peers && !existsSync(python)) throw new Error('The peers are not installed yet: run npm run bench:train -- --peers --models mnist once.');
  return { folder, ...values };
}

type Row = { optimizer: string; accuracy: number; seconds: number };
type Shown = { name: string; overrides: string[]; startedAt: string; endedAt: string; metrics: Record<string, { last: number }> };

function lab(home: string, ...args: string[]): string {
  const program = join(here, '..', 'src-main', 'cli', 'main.ts');
  const result = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...args, '--home', home], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 2 ** 28 });
  if (result.status !== 0) throw new Error(`vsgd-lab ${args.join(' ')} ended with status ${result.status}.`);
  return result.stdout;
}

/** A row per run of the sweep, and the wall time of the whole command. */
function ours(home: string, { folder, engine, seed }: Options): { rows: Row[]; total: number } {
  lab(home, 'datasets', 'import', folder, '--accept-digest');
  const start = performance.now();
  const output = lab(home, 'run', '-m', 'experiment=mnist_convmixer', 'train/optimizer=notebook_vsgd,notebook_sgd,notebook_adam', `train.seed=${seed}`, '--engine', engine, '--json');
  const total = (performance.now() - start) / 1000;
  const parsed = JSON.parse(output) as Shown | Shown[];
  const rows = [parsed].flat().map(({ name, overrides, startedAt, endedAt, metrics }) => ({
    optimizer: overrides.find((text) => text.startsWith('train/optimizer='))?.slice('train/optimizer=notebook_'.length) ?? name,
    accuracy: metrics['test/accuracy']?.last ?? Number.NaN,
    seconds: (Date.parse(endedAt) - Date.parse(startedAt)) / 1000,
  }));
  return { rows, total };
}

function pytorch({ folder, seed }: Options): { rows: Row[]; total: number } {
  const start = performance.now();
  const result = spawnSync(python, [join(here, 'peers', 'torch_mnist.py'), folder, seed], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (result.status !== 0) throw new Error(`torch_mnist.py ended with status ${result.status}.`);
  return { rows: result.stdout.trim().split('\n').map((line) => JSON.parse(line) as Row), total: (performance.now() - start) / 1000 };
}

function print(title: string, { rows, total }: { rows: Row[]; total: number }): void {
  console.log(`\n${title}: ${total.toFixed(1)} s in all`);
  for (const { optimizer, accuracy, seconds } of rows) console.log(`  ${optimizer.padEnd(6)} accuracy ${accuracy.toFixed(4)}  ${seconds.toFixed(1)} s`);
}

async function measure(options: Options): Promise<boolean> {
  const { engines } = openHome();
  namesOf('--engine', options.engine, ['auto', ...new Set((await listEngines({ engines })).flatMap(({ name, engine }) => [name, engine]))]);
  const home = mkdtempSync(join(tmpdir(), 'vsgd-lab-mnist-'));
  try {
    if (existsSync(engines)) symlinkSync(engines, join(home, 'engines')); // installed engines are not installed again
    const own = ours(home, options);
    print(`vsgd-lab, engine ${options.engine}`, own);
    if (options.peers) print('PyTorch, the notebook\'s loop', pytorch(options));
    return own.rows.every(({ accuracy }) => Number.isFinite(accuracy));
  } finally {
    rmSync(home, { recursive: true, force: true }); // removes the link, not what it leads to
  }
}

await runProgram(usage, readOptions, measure);
