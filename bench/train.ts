// `npm run bench:train`: training steps of the model families on every usable engine, alternating, with --peers PyTorch and TensorFlow beside them.
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openHome } from '#runs';
import { listEngines } from '#training';
import type { Contestant } from './train/contestant.ts';
import { runRounds, type Result } from './train/rounds.ts';
import { trainSubjects, type TrainSubject } from './train/subjects.ts';
import { peakOf, tableOf, yardstick, type Measured } from './train/table.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const environment = join(here, '..', '.cache', 'peers');
const python = join(environment, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');

const usage = `Times training steps of the model families on every usable engine, in turns.
npm run bench:train -- [options]
  --engines LIST   engines by name: wasm,tensorflow (all that work here)
  --models LIST    ${trainSubjects.map(({ key }) => key).join(',')} (all)
  --batch LIST     batch sizes (32 and the published one)
  --peers          PyTorch and TensorFlow beside them, in an environment made in .cache/peers
  --only WORDS     peers whose name has one of these words: 'eager; graph'
  --rounds N       turns of every contestant (3)
  --steps N        timed steps a turn (3; the MNIST demo 60)
  --json FILE      all numbers
  --markdown FILE  the table that is printed
`;

/** The options, or the usage with what is wrong with them. */
function readOptions() {
  try {
    return parseArgs({ options: {
      engines: { type: 'string' }, models: { type: 'string' }, batch: { type: 'string' }, peers: { type: 'boolean', default: false }, only: { type: 'string' },
      rounds: { type: 'string', default: '3' }, steps: { type: 'string' }, json: { type: 'string' }, markdown: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false },
    } }).values;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
}

const options = readOptions();
if (options.help) {
  process.stdout.write(usage);
  process.exit();
}

const list = (text: string | undefined, separator = ',') => text?.split(separator).map((part) => part.trim());

/** The engines asked for, or all that can be used here and are meant for work. */
async function engineNames(): Promise<string[]> {
  const asked = list(options.engines);
  if (asked) return asked;
  return (await listEngines({ engines: openHome().engines })).filter(({ name, usable, playsGpu }) => usable && !playsGpu && name !== 'cpu').map(({ name }) => name);
}

/** Makes the peers' virtual environment once. */
function preparePeers(): void {
  if (!existsSync(python) && spawnSync('python3', ['-m', 'venv', environment], { stdio: 'inherit' }).status !== 0) {
    throw new Error('The peers need python3 with its venv module; on Debian: apt install python3-venv.');
  }
  if (spawnSync(python, [join(here, 'peers', 'install.py')], { stdio: 'inherit' }).status !== 0) throw new Error('The peers could not be installed; leave --peers out to measure the engines alone.');
}

/** `--only 'eager; graph'`: contestants whose name has one of these words; ours always. */
const chosen = (contestants: Contestant[]): Contestant[] => contestants.filter(({ name }) => (list(options.only, ';') ?? ['']).some((word) => name.includes(word)));

function contestantsOf({ key, peer }: TrainSubject, batch: number, engines: string[]): Contestant[] {
  const own = engines.map((name) => ({ name, command: process.execPath, args: ['--disable-warning=ExperimentalWarning', join(here, 'train', 'engineSteps.ts'), name, key, String(batch)] }));
  if (!options.peers || !peer) return own;
  const script = (name: string, file: string, ...args: string[]): Contestant => ({ name, command: python, args: [join(here, 'peers', file), peer, String(batch), ...args] });
  return [...own, ...chosen([
    script(yardstick, 'torch_steps.py', 'vsgd', 'eager'), script('PyTorch eager, AdamW', 'torch_steps.py', 'adamw', 'eager'),
    script('PyTorch compiled, VSGD', 'torch_steps.py', 'vsgd', 'compile'), script('PyTorch compiled, AdamW', 'torch_steps.py', 'adamw', 'compile'),
    script('TensorFlow graph, VSGD', 'tensorflow_steps.py', 'vsgd'), script('TensorFlow graph, AdamW', 'tensorflow_steps.py', 'adamw'),
  ])];
}

/** Machine, versions and date: what makes the numbers worth something later. */
function conditions(results: Result[], rounds: number): string {
  const versions = [...new Set(results.map(({ about }) => about?.version).filter(Boolean))].join(', ');
  const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: here, encoding: 'utf8' }).stdout.trim();
  return `${os.cpus()[0]?.model ?? 'unknown CPU'}, ${os.cpus().length} cores, ${Math.round(os.totalmem() / 2 ** 30)} GiB, ${os.platform()} ${os.release()}, load ${os.loadavg()[0]?.toFixed(1)} at the end, Node ${process.versions.node}, ${versions}; ${rounds} alternating rounds; commit ${commit}, ${new Date().toISOString().slice(0, 10)}.`;
}

async function main(): Promise<void> {
  if (options.peers) preparePeers();
  const engines = await engineNames();
  const [models, batches, rounds] = [list(options.models), list(options.batch)?.map(Number), Number(options.rounds)];
  const unknown = models?.filter((name) => !trainSubjects.some(({ key }) => key === name)) ?? [];
  if (unknown.length > 0) throw new Error(`There is no model ${unknown.join(', ')}. There are ${trainSubjects.map(({ key }) => key).join(', ')}.`);
  const measured: Measured[] = [];
  for (const subject of trainSubjects.filter(({ key }) => !models || models.includes(key))) {
    for (const batch of batches ?? subject.batches) {
      console.error(`${subject.name}, batch ${batch} …`);
      const steps = Number(options.steps ?? (subject.key === 'mnist' ? 60 : 3));
      const results = await runRounds(contestantsOf(subject, batch, engines), { rounds, steps, warmup: 7 });
      const one = { title: subject.name, batch, results };
      measured.push(one);
      console.error(tableOf([one], peakOf(measured))); // a long run that is ended keeps what it has
    }
  }
  const peak = peakOf(measured);
  const text = [conditions(measured.flatMap(({ results }) => results), rounds), '', `Fastest product of 1536 × 1536 matrices of any contestant: ${peak.toFixed(0)} GFLOPS.`, '', tableOf(measured, peak)].join('\n');
  console.log(text);
  if (options.markdown) writeFileSync(options.markdown, text);
  if (options.json) writeFileSync(options.json, JSON.stringify({ peak, measured }, null, 1));
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
process.exit();
