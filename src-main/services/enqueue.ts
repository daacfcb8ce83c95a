// From a command line to queued runs: composed, checked, frozen, grouped as a sweep; identical finished runs reused on request.
import { composeRun, configHash, expandSweep, parseExperiment } from '#config';
import { LabError, type Experiment, type RunDocument } from '#contract';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRunDirectory, newRunId, runPaths } from '#runs';
import { insertRun, listRuns } from '#store';
import type { Lab } from './lab.ts';
import { checkedEngine, findRun } from './runs.ts';

export type EnqueueInput = {
  overrides: string[];
  multirun?: boolean;
  configDir?: string | null;
  configName?: string;
  engine?: string;
  name?: string | null;
  tags?: string[];
  /** Reuse a finished run with the same configuration. */
  needed?: boolean;
  /** Starts from this checkpoint, of which the new run gets a copy of its own. */
  fork?: { runId: string; step: number; file: string } | null;
};
const forkSource = 'fork-source.safetensors';

export type Enqueued = { id: string; overrides: string[]; reused: boolean; warnings: string[] };

/** A name from what tells runs apart. */
function defaultName({ model, dataset, optimizer, train }: Experiment): string {
  return train.experiment_name && train.experiment_name !== 'test' ? train.experiment_name : `${model.name} ${dataset.name} ${optimizer.name} seed ${train.seed}`;
}

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
  const sweepId = lists.length > 1 ? newRunId() : null;
  return composed.map(({ overrides, config, hash, experiment, warnings }, index) => {
    const known = input.needed ? findFinished(lab, hash) : null;
    if (known) return { id: known, overrides, reused: true, warnings };
    const document: RunDocument = {
      version: 1, id: newRunId(), name: input.name ?? defaultName(experiment), createdAt: new Date().toISOString(), overrides, configDir, config, configHash: hash,
      seed: experiment.train.seed, engine, sweep: sweepId ? { id: sweepId, index, size: lists.length, overrides: input.overrides } : null, fork: fork && { runId: fork.runId, step: fork.step, checkpoint: forkSource }, tags: [...new Set(input.tags ?? [])],
    };
    const paths = createRunDirectory(lab.home, document);
    if (fork) copyFileSync(fork.file, join(paths.checkpoints, forkSource));
    insertRun(lab.database, document);
    return { id: document.id, overrides, reused: false, warnings };
  });
}

/** A run that starts from another's checkpoint, with changed settings. @throws LabError NOT_FOUND without such a checkpoint */
export function forkRun(lab: Lab, { id, step, overrides, ...rest }: { id: string; step?: number; overrides: string[] } & Pick<EnqueueInput, 'engine' | 'name'>): Enqueued {
  const row = listRuns(lab.database).find((run) => run.id === id);
  if (!row) throw new LabError('NOT_FOUND', `There is no run ${id}.`);
  const checkpoints = lab.database.prepare('SELECT step, path FROM checkpoints WHERE run_id = ? ORDER BY step DESC').all(id) as { step: number; path: string }[];
  const chosen = step === undefined ? checkpoints[0] : checkpoints.find((checkpoint) => checkpoint.step === step);
  if (!chosen) throw new LabError('NOT_FOUND', `Run ${id} has no checkpoint${step === undefined ? '' : ` of step ${step}`}. It has: ${checkpoints.map((checkpoint) => checkpoint.step).join(', ') || 'none'}.`);
  const document = JSON.parse(row.document) as RunDocument;
  const fork = { runId: id, step: chosen.step, file: join(runPaths(lab.home, id).root, chosen.path) };
  const [made] = enqueueRuns(lab, { overrides: [...document.overrides, ...overrides], configDir: document.configDir, fork, name: rest.name ?? `${document.name} (fork)`, engine: rest.engine ?? document.engine });
  return made as Enqueued;
}

/** A new run with the settings of another, from the beginning. @throws LabError NOT_FOUND, of the configuration */
export function retryRun(lab: Lab, reference: string): Enqueued {
  const { overrides, configDir, engine, name, tags } = JSON.parse(findRun(lab, reference).document) as RunDocument;
  return enqueueRuns(lab, { overrides, configDir, engine, name, tags })[0] as Enqueued;
}
