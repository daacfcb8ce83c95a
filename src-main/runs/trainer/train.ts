// One run, start to end: configuration to experiment, data and engine opened, state made or restored, the loop run, checkpoints written.
import { join } from 'node:path';
import { configHash, parseExperiment } from '#config';
import type { BatchSource, Evaluation } from '#contract';
import { openLoader } from '#datasets';
import { captureState, checkExperiment, encodeSafetensors, predictTest, runLoop, totalSteps, type LoopEnd, type LoopHooks, type TrainingState } from '#training';
import { writeFileAtomically } from '../directory/files.ts';
import { placesIn } from '../directory/home.ts';
import { createState, resumeRun, startFork, type Run } from './begin.ts';
import { collectEnvironment, version } from './environment.ts';
import { began } from './reporter.ts';
import type { Requests } from './requests.ts';
import { whenThereIsRoom } from './room.ts';

export type TrainOptions = Run & { resume: boolean; requests: Pick<Requests, 'ending' | 'checkpointAsked'>; onStep(step: number): void };

type Saving = { fingerprint: string; /** The step of the last checkpoint, which is the run's result: it waits for room. */ total: number };

/** Saves checkpoints; one that cannot be written is a warning, and training goes on with the former. */
function createSaver({ document, journal, reporter, checkpoints, requests }: Run & Pick<TrainOptions, 'requests'>, state: TrainingState, { fingerprint, total }: Saving): LoopHooks['save'] {
  const { name: engine, device, threads, earlier } = state.engine.info;
  const facts = { configHash: configHash(document.config), fingerprint, engine, device, ...(threads === undefined ? {} : { threads }), version, ...(earlier ? { earlier } : {}) };
  return async (kinds) => {
    const { step } = state.progress;
    const save = async (): Promise<void> => {
      journal.sync();
      const { tensors, metadata } = await captureState(state);
      const chunks = encodeSafetensors(tensors, { ...metadata, config_hash: facts.configHash });
      for (const line of checkpoints.save(chunks, { ...facts, step, kinds, offset: journal.offset })) reporter.write({ type: 'checkpoint', ...line });
    };
    try {
      await (step >= total ? whenThereIsRoom(requests, save) : save());
      return true;
    } catch (error) {
      reporter.note(step, 'warning', `The checkpoint of step ${step} could not be saved; the one before is kept, and training goes on. ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  };
}

/** Writes down what the finished model answers on the test split. Without it the run is as good; a request to end comes first. */
async function writeEvaluation({ paths, reporter, requests }: TrainOptions, state: TrainingState, source: BatchSource): Promise<void> {
  const { step } = state.progress;
  try {
    const predictions = await predictTest(state, source, () => requests.ending() !== null);
    const text = predictions && JSON.stringify({ version: 1, step, split: source.info.testSplit ?? 'test', dataset: source.info.name, ...predictions } satisfies Evaluation);
    if (text) await whenThereIsRoom(requests, () => writeFileAtomically(paths.evaluation, [text, '\n']));
  } catch (error) {
    reporter.note(step, 'warning', `The answers on the test split could not be written down: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** @throws LabError: the run fails with its message */
export async function train(options: TrainOptions): Promise<LoopEnd> {
  const { paths, document, reporter, resume, requests, onStep } = options;
  const { experiment, warnings } = parseExperiment(document.config);
  const { datasets, engines } = placesIn(join(paths.root, '..', '..'));
  const source = await whenThereIsRoom(requests, () => openLoader({ root: datasets, dataset: experiment.dataset, seed: experiment.train.seed, workers: experiment.train.loader_workers }));
  const { info } = source;
  const input = { channels: info.channels, size: info.height };
  const steps = totalSteps(experiment, source);
  const remarks = checkExperiment(experiment, { input, steps, val: info.val });
  const { state, warning } = await createState(experiment, { engineName: document.engine, engines, input });
  try {
    // A full disk stops it halfway; all of it can be done again.
    if (resume) await whenThereIsRoom(requests, () => resumeRun(options, state, info.fingerprint));
    else await startFork(options, state);
    const { step } = state.progress;
    onStep(step);
    reporter.write({
      type: 'state', step, state: 'running', reason: null, engine: state.engine.info, environment: collectEnvironment(),
      dataset: { name: info.name, fingerprint: info.fingerprint, ...(info.origin ? { origin: info.origin } : {}) }, totalSteps: steps, ...(resume ? { resumedFrom: step } : {}), began,
    });
    for (const message of [...warnings, ...remarks, ...(warning ? [warning] : [])]) reporter.note(step, 'warning', message);
    const hooks: LoopHooks = {
      metrics(at, values) {
        onStep(at);
        reporter.metrics(at, values);
      },
      histogram: (at, name, { edges, counts }) => reporter.write({ type: 'histogram', step: at, name, edges, counts }),
      layers: (at, layers) => reporter.write({ type: 'layers', step: at, ...layers }),
      save: createSaver(options, state, { fingerprint: info.fingerprint, total: totalSteps(experiment, source) }),
      ...requests,
    };
    const end = await runLoop({ state, experiment, source, hooks });
    if (end.state === 'finished' && info.test > 0) await writeEvaluation(options, state, source);
    return end;
  } finally {
    await source.close();
    await state.engine.dispose();
  }
}
