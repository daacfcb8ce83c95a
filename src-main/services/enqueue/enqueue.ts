// From a command line to queued runs: composed, checked, frozen, grouped as a sweep; identical finished runs reused on request.
import { composeRun, configHash, expandSweep, parseExperiment } from '#config';
import type { RunDocument } from '#contract';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRunDirectory, newRunId } from '#runs';
import { insertRun, listRuns } from '#store';
import type { Lab } from '../lab.ts';
import { checkedEngine, findRun } from '../runs.ts';
import { runNames } from './names.ts';

export type EnqueueInput = {
  overrides: string[];
  multirun?: boolean;
  configDir?: string | null;
  configName?: string;
  engine?: string;
  /** Of a sweep's runs: with what differs between them. */
  name?: string | null;
  tags?: string[];
  /** Reuse a finished run with the same configuration. */
  needed?: boolean;
  /** Starts from this checkpoint, of which the new run gets a copy of its own. */
  fork?: { runId: string; step: number; file: string } | null;
};
const forkSource = 'fork-source.safetensors';

export type Enqueued = { id: string; overrides: string[]; reused: boolean; warnings: string[] };

function findFinished({ database }: Lab, hash: string): string | null {
  const same = listRuns(database, { states: ['finished'] }).find(({ document }) => (JSON.parse(document) as RunDocument).configHash === hash);
  return same?.id ?? null;
}

/**
 * Queues one run per combination. All are composed and checked before the first is queued.
 * @throws LabError of the configuration; USAGE for an unknown engine
 */
export function enqueueRuns(lab: Lab, input: EnqueueInput): Enqueued[] {
  const { configDir = null, configName, fork = null } = input;
  const engine = checkedEngine(input.engine ?? 'auto');
  const lists = input.multirun ? expandSweep(input.overrides, { configDir, configName }) : [input.overrides];
  const composed = lists.map((list) => {
    const { config, overrides, warnings } = composeRun({ overrides: list, configDir, configName });
    const parsed = parseExperiment(config);
    return { overrides, config, hash: configHash(config), experiment: parsed.experiment, warnings: [...warnings, ...parsed.warnings] };
  });
  const names = runNames(composed.map(({ experiment }, index) => ({ overrides: lists[index] as string[], experiment })), input.name);
  const sweepId = lists.length > 1 ? newRunId() : null;
  return composed.map(({ overrides, config, hash, experiment, warnings }, index) => {
    const known = input.needed ? findFinished(lab, hash) : null;
    if (known) return { id: known, overrides, reused: true, warnings };
    const document: RunDocument = {
      version: 1, id: newRunId(), name: names[index] as string, createdAt: new Date().toISOString(), overrides, configDir, config, configHash: hash,
      seed: experiment.train.seed, engine, sweep: sweepId ? { id: sweepId, index, size: lists.length, overrides: input.overrides } : null, fork: fork && { runId: fork.runId, step: fork.step, checkpoint: forkSource }, tags: [...new Set(input.tags ?? [])],
    };
    const paths = createRunDirectory(lab.home, document);
    if (fork) copyFileSync(fork.file, join(paths.checkpoints, forkSource));
    insertRun(lab.database, document);
    return { id: document.id, overrides, reused: false, warnings };
  });
}

/** A new run with the settings of another, from the beginning. @throws LabError NOT_FOUND, of the configuration */
export function retryRun(lab: Lab, reference: string): Enqueued {
  const { overrides, configDir, engine, name, tags } = JSON.parse(findRun(lab, reference).document) as RunDocument;
  return enqueueRuns(lab, { overrides, configDir, engine, name, tags })[0] as Enqueued;
}
