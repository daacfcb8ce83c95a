// A run that begins with another's checkpoint: which one, and whether the model can take it.
import { join } from 'node:path';
import { composeRun, configHash, describeUseless, diffTrees, overrideStored, parseExperiment, type Difference, type ReplacedGroup } from '#config';
import { LabError, type Experiment, type RunDocument } from '#contract';
import { isRegularFile, runPaths } from '#runs';
import { listCheckpoints, listRuns } from '#store';
import { countParameters } from '#training';
import type { Lab } from '../lab.ts';
import { checkedEngine } from '../runs.ts';
import { checkRun, inputOf, stepsOf } from './check.ts';
import { checkGiven, queueRuns, type Enqueued, type EnqueueInput } from './enqueue.ts';
import { forkName } from './names.ts';

const withoutShape = ['dropRate']; // the only option of a model that no tensor depends on

const countsOf = ({ model, dataset }: Experiment): string => {
  const { parameters, buffers } = countParameters(model, inputOf(dataset));
  return (parameters + buffers).toLocaleString('en-US');
};

/** @throws LabError CHECKPOINT_MISMATCH where the parameters have other shapes than those of the origin */
function checkModel(origin: Experiment, fork: Experiment): void {
  const refuse = (what: string, key: string) => new LabError('CHECKPOINT_MISMATCH', `A fork keeps the model of its checkpoint: ${what}. Start a new run for another model.`, { place: { key } });
  if (fork.model.name !== origin.model.name) throw refuse(`model is ${origin.model.name} there and would be ${fork.model.name} here`, 'model');
  const [before, now]: Record<string, unknown>[] = [origin.model.options, fork.model.options];
  const changed = Object.keys({ ...before, ...now }).find((key) => !withoutShape.includes(key) && JSON.stringify(before?.[key]) !== JSON.stringify(now?.[key]));
  if (changed !== undefined) throw refuse(`model.${changed} is ${JSON.stringify(before?.[changed])} there and would be ${JSON.stringify(now?.[changed])} here`, `model.${changed}`);
  const [had, has] = [countsOf(origin), countsOf(fork)];
  if (had !== has) throw refuse(`it has ${had} numbers there and would have ${has} for pictures of ${fork.dataset.name}`, 'dataset');
}

/** The folder of the run's own configuration files, where they still compose to what the run was made with. */
function unchangedFiles({ overrides, configDir, configName, configHash: hash }: RunDocument): string | null {
  if (configDir === null) return null;
  try {
    return configHash(composeRun({ overrides, configDir, configName: configName ?? undefined }).config) === hash ? configDir : null;
  } catch {
    return null; // moved, deleted or no longer valid
  }
}

/** What a fork has other than its origin, and which groups it read from files. */
export type ForkChanges = { differences: Difference[]; replaced: ReplacedGroup[] };

/**
 * A run that starts from another's checkpoint. It has the stored configuration of its origin but for the overrides; files that may have changed since are not read.
 * @throws LabError NOT_FOUND without such a checkpoint, CHECKPOINT_MISMATCH for another model
 */
export function forkRun(lab: Lab, { id, step, overrides, ...rest }: { id: string; step?: number; overrides: string[] } & Pick<EnqueueInput, 'engine' | 'name'>): Enqueued & ForkChanges {
  checkGiven(rest);
  const row = listRuns(lab.database).find((run) => run.id === id);
  if (!row) throw new LabError('NOT_FOUND', `There is no run ${id}.`);
  const checkpoints = listCheckpoints(lab.database, id).reverse();
  const chosen = step === undefined ? checkpoints[0] : checkpoints.find((checkpoint) => checkpoint.step === step);
  if (!chosen) throw new LabError('NOT_FOUND', `Run ${id} has no checkpoint${step === undefined ? '' : ` of step ${step}`}. It has: ${[...new Set(checkpoints.map((checkpoint) => checkpoint.step))].join(', ') || 'none'}.`);
  const file = join(runPaths(lab.home, id).root, chosen.path);
  if (!isRegularFile(file)) throw new LabError('NOT_FOUND', `The checkpoint of step ${chosen.step} of run ${id} is gone: ${file}. Choose another one with --step.`, { place: { file } });
  const document = JSON.parse(row.document) as RunDocument;
  const { configDir, configName = null } = document;
  const made = overrideStored(document, overrides, { configDir: unchangedFiles(document), stepsOf: (experiment) => stepsOf(lab, experiment) });
  const { experiment, warnings } = parseExperiment(made.config);
  checkModel(parseExperiment(document.config).experiment, experiment);
  const engine = checkedEngine(rest.engine ?? document.engine);
  const remarks = checkRun(lab, experiment, engine);
  const prepared = { overrides: [...document.overrides, ...overrides], configDir, configName, config: made.config, references: made.references, experiment, warnings: [...describeUseless(made), ...made.warnings, ...warnings, ...remarks] };
  const fork = { runId: id, step: chosen.step, file };
  const [queued] = queueRuns(lab, [prepared], { fork, names: [rest.name ?? forkName(document.name, overrides)], engine });
  return { ...(queued as Enqueued), differences: diffTrees(document.config, made.config), replaced: made.replaced };
}
