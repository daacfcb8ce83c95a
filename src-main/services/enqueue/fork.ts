// A run that begins with another's checkpoint: which one, and whether the model can take it.
import { join } from 'node:path';
import { composeRun, parseExperiment } from '#config';
import { LabError, type Experiment, type RunDocument } from '#contract';
import { runPaths } from '#runs';
import { listRuns } from '#store';
import { countParameters } from '#training';
import { inputOf } from '../estimate.ts';
import type { Lab } from '../lab.ts';
import { enqueueRuns, type Enqueued, type EnqueueInput } from './enqueue.ts';
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

/** A run that starts from another's checkpoint, with changed settings. @throws LabError NOT_FOUND without such a checkpoint, CHECKPOINT_MISMATCH for another model */
export function forkRun(lab: Lab, { id, step, overrides, ...rest }: { id: string; step?: number; overrides: string[] } & Pick<EnqueueInput, 'engine' | 'name'>): Enqueued {
  const row = listRuns(lab.database).find((run) => run.id === id);
  if (!row) throw new LabError('NOT_FOUND', `There is no run ${id}.`);
  const checkpoints = lab.database.prepare('SELECT step, path FROM checkpoints WHERE run_id = ? ORDER BY step DESC').all(id) as { step: number; path: string }[];
  const chosen = step === undefined ? checkpoints[0] : checkpoints.find((checkpoint) => checkpoint.step === step);
  if (!chosen) throw new LabError('NOT_FOUND', `Run ${id} has no checkpoint${step === undefined ? '' : ` of step ${step}`}. It has: ${[...new Set(checkpoints.map((checkpoint) => checkpoint.step))].join(', ') || 'none'}.`);
  const document = JSON.parse(row.document) as RunDocument;
  const { configDir } = document;
  const all = [...document.overrides, ...overrides];
  checkModel(parseExperiment(document.config).experiment, parseExperiment(composeRun({ overrides: all, configDir }).config).experiment);
  const fork = { runId: id, step: chosen.step, file: join(runPaths(lab.home, id).root, chosen.path) };
  const [made] = enqueueRuns(lab, { overrides: all, configDir, fork, name: rest.name ?? forkName(document.name, overrides), engine: rest.engine ?? document.engine });
  return made as Enqueued;
}
