// Starts real trainers on run directories of their own, without host or database.
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { composeConfig, configHash, parseExperiment } from '#config';
import type { HostMessage, JournalLine, RunDocument } from '#contract';
import { createRunDirectory, newRunId, openHome, type RunPaths } from '#runs';

export const trainerMain = fileURLToPath(new URL('../../src-main/runs/trainer/main.ts', import.meta.url));

/** A run of seconds: generated pictures, a small ConvMixer. */
export const small = ['experiment=quickstart', 'model.dim=8', 'model.depth=1', 'dataset.data_module.train_size=200', 'dataset.data_module.test_size=20', 'dataset.data_module.val_size=8',
  'dataset.data_module.batch_size=16', 'train.max_iter=40', 'train.val_freq=1', 'train.save_freq=5', 'train.eval_test_freq=20', 'train.optimizer_log_freq=10', 'train.engine_threads=1'];

export type TestRun = { home: string; paths: RunPaths; document: RunDocument };

/** Makes the directory of a run that nobody has started yet. */
export function createTestRun(home: string, overrides: string[] = [], changes: Partial<RunDocument> = {}): TestRun {
  const all = [...small, ...overrides];
  const { config } = composeConfig({ overrides: all });
  const document: RunDocument = {
    version: 1, id: newRunId(), name: 'test', createdAt: new Date(0).toISOString(), overrides: all, configDir: null, config, configHash: configHash(config),
    seed: parseExperiment(config).experiment.train.seed, engine: 'wasm', sweep: null, fork: null, tags: [], ...changes,
  };
  return { home, paths: createRunDirectory(openHome(home), document), document };
}

export type Ended = { code: number | null; signal: NodeJS.Signals | null; stderr: string };
/** `tell` writes a line as the host does. */
export type Started = { child: ChildProcess; ended: Promise<Ended>; tell(line: string | HostMessage): void };
export type StartOptions = { flags?: string[]; hosted?: boolean; env?: Record<string, string>; command?: string[] };

/** Starts a trainer, which does not outlive the test. `command` goes before node, for instance strace with its arguments. */
export function startTrainer({ paths }: TestRun, { flags = [], hosted = false, env = {}, command = [] }: StartOptions = {}): Started {
  const [program, ...args] = [...command, process.execPath, trainerMain, paths.root, ...flags] as [string, ...string[]];
  const child = spawn(program, args, { stdio: [hosted ? 'pipe' : 'ignore', 'ignore', 'pipe'], env: { ...process.env, ...(hosted ? { VSGD_LAB_HOSTED: '1' } : {}), ...env } });
  onTestFinished(() => { if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL'); });
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => { stderr += chunk.toString(); });
  const ended = new Promise<Ended>((resolve) => { child.once('close', (code, signal) => resolve({ code, signal, stderr })); });
  const tell = (line: string | HostMessage) => void child.stdin?.write(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`);
  return { child, ended, tell };
}

/** Runs a trainer to its end. */
export const runTrainer = (run: TestRun, options: StartOptions = {}): Promise<Ended> => startTrainer(run, options).ended;

/** Complete lines of a run's journal; none before it has one. */
export function journalOf({ paths }: TestRun): JournalLine[] {
  let text = '';
  try {
    text = readFileSync(paths.journal, 'utf8');
  } catch {
    return []; // not begun
  }
  return text.split('\n').slice(0, -1).map((line) => JSON.parse(line) as JournalLine);
}

export type MetricsLine = Extract<JournalLine, { type: 'metrics' }>;

/** Metric rows without the times that they took. */
export const rowsOf = (run: TestRun): { step: number; values: Record<string, unknown> }[] =>
  journalOf(run).filter((line): line is MetricsLine => line.type === 'metrics').map(({ step, values }) =>
    ({ step, values: Object.fromEntries(Object.entries(values).filter(([key]) => !key.endsWith('_time'))) }));

export const stepOf = (run: TestRun): number => rowsOf(run).at(-1)?.step ?? 0;

/** SHA-256 of the newest checkpoint, as the journal tells it. */
export const lastHash = (run: TestRun): string | undefined =>
  journalOf(run).findLast((line): line is Extract<JournalLine, { type: 'checkpoint' }> => line.type === 'checkpoint' && line.kind === 'last')?.sha256;

/** A file in a run's checkpoint folder. */
export const checkpointPath = ({ paths }: TestRun, name: string): string => join(paths.checkpoints, name);
