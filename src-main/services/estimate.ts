// What a run will take, told before it starts: parameters, steps, time by an earlier run of the same kind, disk, memory.
import { statfsSync } from 'node:fs';
import { composeConfig, parseExperiment } from '#config';
import type { Experiment, RunView } from '#contract';
import { catalog } from '#datasets';
import { listRuns, viewRuns } from '#store';
import { countParameters } from '#training';
import type { Lab } from './lab.ts';

export type Estimate = {
  parameters: number;
  /** null where it depends on a data set that is not here */
  steps: number | null;
  /** Seconds of one iteration, measured in an earlier run of the same model, batch and optimizer; null where there was none. */
  secondsPerStep: number | null;
  measuredIn: { id: string; name: string } | null;
  /** Bytes of the checkpoints that are kept. */
  diskBytes: number;
  freeBytes: number;
  /** Bytes of parameters, gradients and optimizer state; what a batch takes comes on top. */
  stateBytes: number;
};

/** Tensors that an optimizer keeps for each parameter. */
const slotsOf: Record<Experiment['optimizer']['name'], number> = { vsgd: 3, adam: 2, adamw: 2, sgd: 1 };

const kindOf = (config: RunView['config']): string => {
  const { model, train, dataset } = config as { model?: unknown; train?: { optimizer?: { _target_?: unknown } }; dataset?: { data_module?: { batch_size?: unknown }; x_dim?: unknown } };
  return JSON.stringify([model, train?.optimizer?._target_, dataset?.data_module?.batch_size, dataset?.x_dim]);
};

/** The newest run of the same kind that has measured its steps. */
function measured({ database }: Lab, config: RunView['config']): Pick<Estimate, 'secondsPerStep' | 'measuredIn'> {
  const wanted = kindOf(config);
  const same = listRuns(database).reverse().filter(({ document }) => kindOf((JSON.parse(document) as RunView).config) === wanted).slice(0, 20);
  for (const run of viewRuns(database, same)) {
    const seconds = Number(run.metrics.train_time?.last ?? NaN) + Number(run.metrics.data_time?.last ?? 0);
    if (Number.isFinite(seconds) && run.step > 5) return { secondsPerStep: seconds, measuredIn: { id: run.id, name: run.name } };
  }
  return { secondsPerStep: null, measuredIn: null };
}

function stepsOf({ train, dataset }: Experiment): number | null {
  if (train.max_epochs === null) return train.max_iter;
  const pictures = dataset.name === 'shapes' ? dataset.options.train_size : (catalog.find(({ name }) => name === dataset.name)?.counts.train ?? null);
  return pictures === null ? null : train.max_epochs * Math.ceil(pictures / dataset.options.batch_size);
}

/** What the first run of these overrides takes. @throws LabError of the configuration */
export function estimateRun(lab: Lab, overrides: string[]): Estimate {
  const { config } = composeConfig({ overrides });
  const { experiment } = parseExperiment(config);
  const { model, dataset, optimizer, train } = experiment;
  const channels = dataset.name === 'mnist' ? 1 : 3;
  const { parameters, buffers } = countParameters(model, { channels, size: dataset.x_dim });
  const steps = stepsOf(experiment);
  const checkpoint = 4 * (parameters * (1 + slotsOf[optimizer.name]) + buffers);
  const kept = 2 + (train.keep_every > 0 && steps !== null ? Math.floor(steps / train.keep_every) : 0); // last, best, kept
  const { bavail, bsize } = statfsSync(lab.home.root);
  return { parameters, steps, ...measured(lab, config), diskBytes: kept * checkpoint, freeBytes: bavail * bsize, stateBytes: 4 * (parameters * (2 + slotsOf[optimizer.name]) + buffers) };
}
