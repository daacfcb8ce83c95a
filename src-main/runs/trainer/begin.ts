// How a run begins: with fresh state, from its own newest checkpoint, or from another run's checkpoint.
import { join } from 'node:path';
import { configHash } from '#config';
import { LabError, type EngineInfo, type Experiment, type RunDocument } from '#contract';
import { chooseEngine, createModel, createOptimizer, createProgress, createSchedule, decodeSafetensors, restoreState, type TrainingState } from '#training';
import type { RunPaths } from '../directory/document.ts';
import { readRegular } from '../directory/regular.ts';
import type { JournalWriter } from '../directory/journal.ts';
import type { CheckpointStore, IndexEntry } from './checkpoints.ts';
import { version } from './environment.ts';
import type { Reporter } from './reporter.ts';

export type Run = { paths: RunPaths; document: RunDocument; journal: JournalWriter; reporter: Reporter; checkpoints: CheckpointStore };

/** Engine, model, optimizer and schedule of an experiment, as the seed makes them. `warning` says where the engine is not the one asked for. */
export async function createState({ train, ...experiment }: Experiment, { engineName, engines, input }: { engineName: string; engines: string; input: { channels: number; size: number } }): Promise<{ state: TrainingState; warning: string | null }> {
  const { engine, warning } = await chooseEngine(engineName, { device: train.device, threads: train.engine_threads, tf32: train.tf32, mixed: train.mixed_precision, engines });
  const model = createModel(experiment.model, { ...input, seed: train.seed });
  const optimizer = createOptimizer(experiment.optimizer, model.parameters);
  const schedule = createSchedule(experiment.scheduler, experiment.optimizer.options.lr);
  return { state: { engine, model, optimizer, optimizerName: experiment.optimizer.name, schedule, progress: createProgress() }, warning };
}

/** What keeps a run from going on from a checkpoint. @throws LabError CHECKPOINT_MISMATCH */
function checkResume(entry: IndexEntry, { document, fingerprint }: { document: RunDocument; fingerprint: string }): void {
  const refuse = (message: string, file: string) => new LabError('CHECKPOINT_MISMATCH', message, { place: { file } });
  if (entry.configHash !== configHash(document.config)) throw refuse('The configuration in run.json is not the one the checkpoint was made with. Fork the run to train on with other settings.', 'run.json');
  if (entry.fingerprint !== fingerprint) throw refuse('The data set is not the one the checkpoint was made with: its fingerprint differs. Install the former one again, or fork the run.', 'checkpoints/index.json');
}

/** What computes differently from here on. TensorFlow's own kernels share their sums among the threads that there are; ours do not. */
function changesSince(entry: IndexEntry, engine: EngineInfo): string[] {
  const changes: string[] = [];
  if (entry.engine !== engine.name) changes.push(`engine ${engine.name} after ${entry.engine}`);
  else if (entry.device !== undefined && entry.device !== engine.device) changes.push(`device ${engine.device} after ${entry.device}`);
  else if (engine.name === 'tensorflow' && entry.threads !== undefined && entry.threads !== engine.threads) changes.push(`${engine.threads} threads after ${entry.threads}`);
  if (entry.version !== version) changes.push(`version ${version} of VSGD Lab after ${entry.version}`);
  return changes;
}

/** Notes in the engine's record what computed the steps before, where it was not the same. @returns warnings */
function recordEarlier(entry: IndexEntry, engine: EngineInfo): string[] {
  const changes = changesSince(entry, engine);
  const { engine: name, device, threads, version: of, step: until, earlier = [] } = entry;
  const all = changes.length === 0 ? earlier : [...earlier, { name, ...(device === undefined ? {} : { device }), ...(threads === undefined ? {} : { threads }), version: of, until }];
  if (all.length > 0) engine.earlier = all;
  return changes.map((change) => `The run goes on with ${change}: its bits are no longer those of a run that went through.`);
}

/** Puts a run back to its newest checkpoint: state, and the journal cut to where it stood. */
export async function resumeRun(run: Run, state: TrainingState, fingerprint: string): Promise<void> {
  const { document, paths, journal, reporter, checkpoints } = run;
  const loaded = checkpoints.loadNewest();
  if (loaded === null) {
    journal.cut(paths, { offset: 0, step: 0 });
    reporter.note(0, 'info', 'There was no checkpoint yet; the run starts anew.');
    return startFork(run, state);
  }
  const { entry, file, passedOver } = loaded;
  checkResume(entry, { document, fingerprint });
  const warnings = [...passedOver.map((reason) => `A checkpoint was passed over for an earlier one. ${reason}`), ...recordEarlier(entry, state.engine.info)];
  await restoreState(state, file, { path: join(paths.checkpoints, 'last.safetensors') });
  if (journal.offset < entry.offset) warnings.push(`The journal ends before the checkpoint of step ${entry.step}: rows are missing.`);
  journal.cut(paths, { offset: entry.offset, step: entry.step });
  // The lines about the checkpoint stood behind the offset that it names.
  for (const line of checkpoints.name(entry)) reporter.write({ type: 'checkpoint', ...line });
  for (const warning of warnings) reporter.note(entry.step, 'warning', warning);
}

/** A fork starts from another run's checkpoint; its optimizer's state comes along where the optimizer is the same. */
export async function startFork({ document: { fork }, reporter, paths }: Run, state: TrainingState): Promise<void> {
  if (!fork) return;
  const path = join(paths.checkpoints, fork.checkpoint);
  const bytes = readRegular(path);
  if (!bytes) throw new LabError('NOT_FOUND', `There is no checkpoint ${path} of run ${fork.runId}, which this run was to be forked from. Fork another one.`, { place: { file: path } });
  const file = decodeSafetensors(bytes, path);
  const same = file.metadata.optimizer === state.optimizerName;
  const schedule = state.schedule.state();
  await restoreState(state, file, { path, weightsOnly: !same });
  state.schedule.restore(schedule);
  Object.assign(state.progress, createProgress());
  const step = Number(file.metadata.step);
  reporter.note(0, 'info', `Forked from run ${fork.runId} at step ${step}${same ? ', with its optimizer\'s state' : '; the optimizer starts afresh'}.`);
  if (step !== fork.step) reporter.note(0, 'warning', `The fork was asked for at step ${fork.step}; run ${fork.runId} has saved step ${step} under that name since.`);
}
