// `npm run bench:train`: training steps of the model families on every usable engine, alternating, with --peers PyTorch and TensorFlow beside them.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openHome } from '#runs';
import { listEngines } from '#training';
import { runProgram } from './arguments.ts';
import type { Contestant } from './train/contestant.ts';
import { enginesOf, readOptions, usage, type TrainOptions } from './train/options.ts';
import { peersOn, preparePeers } from './train/peers.ts';
import { runRounds } from './train/rounds.ts';
import { trainSubjects, type TrainSubject } from './train/subjects.ts';
import { hasTimes, peakOf, tableOf, type Measured } from './train/table.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

function contestantsOf({ key, peer }: TrainSubject, batch: number, { engines, peers, only }: TrainOptions & { engines: string[] }): Contestant[] {
  const own = engines.map((name) => ({ name, command: process.execPath, args: ['--disable-warning=ExperimentalWarning', join(here, 'train', 'engineSteps.ts'), name, key, String(batch)] }));
  return peers && peer ? [...own, ...peersOn(peer, batch, only)] : own;
}

/** Machine, versions and date: what makes the numbers worth something later. */
function conditions(measured: Measured[], { rounds, steps }: TrainOptions): string {
  const versions = [...new Set(measured.flatMap(({ results }) => results.map(({ about }) => about?.version)).filter(Boolean))].join(', ');
  const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: here, encoding: 'utf8' }).stdout.trim();
  return `${os.cpus()[0]?.model ?? 'unknown CPU'}, ${os.cpus().length} cores, ${Math.round(os.totalmem() / 2 ** 30)} GiB, ${os.platform()} ${os.release()}, load ${os.loadavg()[0]?.toFixed(1)} at the end, Node ${process.versions.node}, ${versions}; ${rounds} alternating rounds of ${steps ?? '3 (the MNIST demo: 60)'} steps; commit ${commit}, ${new Date().toISOString().slice(0, 10)}.`;
}

/** The report so far, into the files that were asked for: a long run that is ended keeps what it has. */
function keep(measured: Measured[], options: TrainOptions): string {
  const peak = peakOf(measured);
  const text = [conditions(measured, options), '', `Fastest product of 1536 × 1536 matrices of any contestant: ${peak.toFixed(0)} GFLOPS.`, '', tableOf(measured, peak)].join('\n');
  if (options.markdown) writeFileSync(options.markdown, text);
  if (options.json) writeFileSync(options.json, JSON.stringify({ peak, measured }, null, 1));
  return text;
}

async function measure(asked: TrainOptions): Promise<boolean> {
  const options = { ...asked, engines: enginesOf(asked.engines, await listEngines({ engines: openHome().engines })) };
  if (options.peers) preparePeers();
  const measured: Measured[] = [];
  for (const subject of trainSubjects.filter(({ key }) => options.models.includes(key))) {
    for (const batch of options.batches ?? subject.batches) {
      console.error(`${subject.name}, batch ${batch} …`);
      const steps = options.steps ?? (subject.key === 'mnist' ? 60 : 3);
      const one = { title: subject.name, batch, results: await runRounds(contestantsOf(subject, batch, options), { rounds: options.rounds, steps, warmup: 7 }) };
      measured.push(one);
      keep(measured, options);
      console.error(tableOf([one], peakOf(measured)));
    }
  }
  console.log(keep(measured, options));
  return measured.every(({ results }) => results.every((result) => !options.engines.includes(result.name) || hasTimes(result)));
}

await runProgram(usage, readOptions, measure);
