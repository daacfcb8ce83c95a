// The command line of bench:train, read and checked.
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import type { EngineListing } from '#training';
import { countOf, namesOf, partsOf, UsageError } from '../arguments.ts';
import { peerNames } from './peers.ts';
import { trainSubjects } from './subjects.ts';

const models = trainSubjects.map(({ key }) => key);

export const usage = `Times training steps of the model families on every usable engine, in turns, and prints one table.
npm run bench:train -- [options]
  --engines LIST   engines by name: wasm,tensorflow (all that work here)
  --models LIST    ${models.join(',')} (all)
  --batch LIST     batch sizes (32 and the published one)
  --peers          PyTorch and TensorFlow beside them, in an environment made in .cache/peers
  --only WORDS     peers whose name has one of these words: 'eager; graph'
  --rounds N       turns of every contestant (3)
  --steps N        timed steps a turn (3; the MNIST demo 60)
  --json FILE      all numbers
  --markdown FILE  the table that is printed
The main table of docs/performance.md: npm run bench:train -- --peers --only eager --markdown results.md --json results.json
Exit code 1: an engine gave no number somewhere; 2: the command line is wrong.
`;

/** `null` stands for the usual: all that there are, or as many as suit the model. */
export type TrainOptions = { engines: string[] | null; models: string[]; batches: number[] | null; peers: boolean; only: string[]; rounds: number; steps: number | null; json: string | null; markdown: string | null };

/** Words of which each is in some peer's name. */
function wordsOf(text: string): string[] {
  const words = partsOf(text, ';');
  const lost = words.filter((word) => !peerNames.some((name) => name.includes(word)));
  if (lost.length > 0) throw new UsageError(`--only: no peer's name has '${lost.join('\', \'')}'. They are ${peerNames.join('; ')}.`);
  return words;
}

/** A file that can be written when hours have passed. */
function fileOf(name: string, path: string | undefined): string | null {
  if (path === undefined) return null;
  if (!existsSync(dirname(path))) throw new UsageError(`${name}: there is no folder ${dirname(path)}.`);
  return path;
}

/** @returns null where only the usage is asked for @throws UsageError, and what parseArgs throws */
export function readOptions(args: string[]): TrainOptions | null {
  const { values } = parseArgs({ args, options: {
    engines: { type: 'string' }, models: { type: 'string' }, batch: { type: 'string' }, peers: { type: 'boolean', default: false }, only: { type: 'string' },
    rounds: { type: 'string', default: '3' }, steps: { type: 'string' }, json: { type: 'string' }, markdown: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false },
  } });
  if (values.help) return null;
  if (values.only !== undefined && !values.peers) throw new UsageError('--only chooses among the peers; give --peers too.');
  return {
    engines: values.engines === undefined ? null : partsOf(values.engines),
    models: values.models === undefined ? models : namesOf('--models', values.models, models),
    batches: values.batch === undefined ? null : partsOf(values.batch).map((size) => countOf('--batch', size)),
    peers: values.peers,
    only: wordsOf(values.only ?? ''),
    rounds: countOf('--rounds', values.rounds),
    steps: values.steps === undefined ? null : countOf('--steps', values.steps),
    json: fileOf('--json', values.json),
    markdown: fileOf('--markdown', values.markdown),
  };
}

/** The engines asked for, or all that can be used here and are meant for work. @throws UsageError for one that cannot be had */
export function enginesOf(asked: string[] | null, listing: Pick<EngineListing, 'name' | 'usable' | 'playsGpu' | 'reason'>[]): string[] {
  if (asked === null) return listing.filter(({ name, usable, playsGpu }) => usable && !playsGpu && name !== 'cpu').map(({ name }) => name);
  namesOf('--engines', asked.join(','), listing.map(({ name }) => name));
  for (const { name, reason } of listing.filter((one) => asked.includes(one.name) && !one.usable)) throw new UsageError(`--engines: ${name} cannot be used here. ${reason}`);
  return asked;
}
