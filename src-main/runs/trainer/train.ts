// One run, start to end: configuration to experiment, data and engine opened, state made or restored, the loop run, checkpoints written.
import { LabError, type EngineInfo, type Experiment, type HostMessage, type RunDocument } from '#contract';
import { configHash, parseExperiment } from '#config';
import { openLoader } from '#datasets';
import { captureState, chooseEngine, createModel, createOptimizer, createSchedule, encodeSafetensors, restoreState, runLoop, totalSteps, type LoopEnd, type TrainingState } from '#training';
import { join } from 'node:path';
import type { RunPaths } from '../directory/document.ts';
import type { JournalWriter } from '../directory/journal.ts';
import { keepLast, loadCheckpoint, loadNewest, writeLast, type CheckpointKind, type Loaded, type Sidecar } from './checkpoints.ts';
import { collectEnvironment } from './environment.ts';
import type { Reporter } from './reporter.ts';

export type TrainOptions = {
  paths: RunPaths;
  document: RunDocument;
  journal: JournalWriter;
  reporter: Reporter;
  resume: boolean;
  request(): HostMessage['type'] | null;
  onStep(step: number): void;
};

/** Where data sets lie: beside the runs, unless VSGD_LAB_DATASETS says otherwise (a cluster's shared folder). */
const datasetsFolder = ({ root }: RunPaths) => process.env.VSGD_LAB_DATASETS ?? join(root, '..', '..', 'datasets');

function checkResume({ sidecar }: Loaded, { document, fingerprint, engine }: { document: RunDocument; fingerprint: string; engine: EngineInfo }): string | null {
  if (sidecar.configHash !== configHash(document.config)) throw new LabError('CHECKPOINT_MISMATCH', 'The configuration in run.json is not the one the checkpoint was made with. Fork the run to train on with other settings.', { place: { file: 'run.json' } });
  if (sidecar.fingerprint !== fingerprint) throw new LabError('CHECKPOINT_MISMATCH', 'The data set is not the one the checkpoint was made with: its fingerprint differs. Install the former one again, or fork the run.');
  return sidecar.engine === engine.name ? null : `The run goes on with engine ${engine.name} after ${sidecar.engine}: its bits are no longer those of a run that went through.`;
}

async function createState(experiment: Experiment, { engineName, input }: { engineName: string; input: { channels: number; size: number } }): Promise<{ state: TrainingState; warning: string | null }> {
  const { train, optimizer: choice } = experiment;
  const { engine, warning } = await chooseEngine(engineName, { device: train.device, threads: train.engine_threads });
  const model = createModel(experiment.model, { ...input, seed: train.seed });
  const optimizer = createOptimizer(choice, model.parameters);
  const schedule = createSchedule(experiment.scheduler, choice.options.lr);
  const progress = { step: 0, skipped: 0, epochLoss: { sum: 0, count: 0 }, best: null };
  return { state: { engine, model, optimizer, optimizerName: choice.name, schedule, progress }, warning };
}

/** Puts a run back to its newest checkpoint: state, and the journal cut to where it stood. */
async function resumeRun({ paths, document, journal, reporter, ...rest }: TrainOptions, state: TrainingState, fingerprint: string): Promise<void> {
  const loaded = loadNewest(paths);
  if (loaded === null) {
    journal.cut(paths, { offset: 0, step: 0 });
    reporter.note(0, 'info', 'There was no checkpoint yet; the run starts anew.');
    return startFork({ paths, document, journal, reporter, ...rest }, state);
  }
  const warning = checkResume(loaded, { document, fingerprint, engine: state.engine.info });
  await restoreState(state, loaded.file, { path: loaded.path });
  const { step } = state.progress;
  journal.cut(paths, { offset: loaded.sidecar.offset, step });
  reporter.write({ type: 'checkpoint', step, kind: 'last', path: loaded.sidecar.path, bytes: loaded.sidecar.bytes, sha256: loaded.sidecar.sha256 });
  for (const reason of loaded.passedOver) reporter.note(step, 'warning', `A checkpoint was passed over. ${reason}`);
  if (warning) reporter.note(step, 'warning', warning);
}

/** A fork starts from another run's checkpoint; its optimizer's state comes along where the optimizer is the same. */
async function startFork({ document, reporter, paths }: TrainOptions, state: TrainingState): Promise<void> {
  if (!document.fork) return;
  const path = join(paths.checkpoints, document.fork.checkpoint);
  const file = loadCheckpoint(path);
  const same = file.metadata.optimizer === state.optimizerName;
  const schedule = state.schedule.state();
  await restoreState(state, file, { path, weightsOnly: !same });
  state.schedule.restore(schedule);
  Object.assign(state.progress, { step: 0, skipped: 0, epochLoss: { sum: 0, count: 0 }, best: null });
  reporter.note(0, 'info', `Forked from run ${document.fork.runId} at step ${document.fork.step}${same ? ', with its optimizer\'s state' : '; the optimizer starts afresh'}.`);
}

/** Saves checkpoints; one that cannot be written is a warning, and training goes on with the former. */
function createSaver({ paths, document, journal, reporter }: TrainOptions, state: TrainingState, fingerprint: string): (kind: CheckpointKind) => Promise<void> {
  let last: Sidecar | null = null;
  return async (kind) => {
    const { step } = state.progress;
    try {
      if (kind === 'last') {
        reporter.flush();
        journal.sync();
        const { tensors, metadata } = await captureState(state);
        const facts = { offset: journal.offset, configHash: configHash(document.config), fingerprint, engine: state.engine.info.name };
        last = writeLast(paths, encodeSafetensors(tensors, { ...metadata, config_hash: facts.configHash }), { step, ...facts });
      }
      if (last === null) return;
      const { path, bytes, sha256 } = kind === 'last' ? last : keepLast(paths, kind, last);
      reporter.write({ type: 'checkpoint', step, kind, path, bytes, sha256 });
    } catch (error) {
      reporter.note(step, 'warning', `The checkpoint of step ${step} could not be saved; the one before is kept. ${error instanceof Error ? error.message : String(error)}`);
    }
  };
}

/** @throws LabError: the run fails with its message */
export async function train(options: TrainOptions): Promise<LoopEnd> {
  const { paths, document, reporter, resume } = options;
  const { experiment, warnings } = parseExperiment(document.config);
  const source = await openLoader({ root: datasetsFolder(paths), dataset: experiment.dataset, seed: experiment.train.seed, workers: experiment.train.loader_workers });
  const { info } = source;
  const { state, warning } = await createState(experiment, { engineName: document.engine, input: { channels: info.channels, size: info.height } });
  try {
    if (resume) await resumeRun(options, state, info.fingerprint);
    else await startFork(options, state);
    const { step } = state.progress;
    options.onStep(step);
    reporter.write({
      type: 'state', step, state: 'running', reason: null, engine: state.engine.info, environment: collectEnvironment(),
      dataset: { name: info.name, fingerprint: info.fingerprint }, totalSteps: totalSteps(experiment, source), ...(resume ? { resumedFrom: step } : {}),
    });
    for (const message of [...warnings, ...(warning ? [warning] : [])]) reporter.note(step, 'warning', message);
    return await runLoop({
      state, experiment, source,
      hooks: {
        metrics(at, values) {
          options.onStep(at);
          reporter.metrics(at, values);
        },
        histogram: (at, name, { edges, counts }) => reporter.write({ type: 'histogram', step: at, name, edges, counts }),
        save: createSaver(options, state, info.fingerprint),
        request: options.request,
      },
    });
  } finally {
    await source.close();
    await state.engine.dispose();
  }
}
