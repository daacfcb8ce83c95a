// A run as every part knows it: its states, its run.json, and the JSON shapes that the CLI promises.
import type { ConfigTree } from '../components/experiment.ts';
import type { DatasetOrigin } from '../datasets.ts';

/** The states of a run, in the order of a life. */
export const runStates = [
  'queued', 'starting', 'running', 'pausing', 'paused', 'stopping', 'stopped', 'finished', 'failed', 'interrupted',
] as const;
export type RunState = (typeof runStates)[number];

/** States in which no trainer is at work. */
export const restingStates = ['queued', 'paused', 'stopped', 'finished', 'failed', 'interrupted'] as const satisfies readonly RunState[];

export const isResting = (state: RunState): boolean => (restingStates as readonly RunState[]).includes(state);

/** What a person wants of a run; the queue works until the state agrees. */
export type DesiredState = 'finished' | 'paused' | 'stopped';

/** What `--engine` takes, `auto` and from fastest to slowest; `tensorflow` is both of its kinds. */
export const engineNames = ['auto', 'tensorflow', 'tensorflow-cuda', 'webgpu', 'wasm', 'cpu'] as const;
export type EngineName = (typeof engineNames)[number];

/** What computed a run's steps up to and with step `until`, before something else went on. */
export type EarlierEngine = { name: string; device?: string; threads?: number; version: string; until: number };

/** Where a run was computed. */
export type EngineInfo = {
  name: string;
  device: string;
  threads?: number;
  /** Whether a GPU multiplied in TF32. */
  tf32?: boolean;
  /** The type that convolutions and matrix products were computed in, where it is not float32. */
  mixedPrecision?: 'float16' | 'bfloat16';
  fallbackFrom?: string;
  reason?: string;
  /** What would have been faster and was passed over, with why. */
  tried?: { name: string; reason: string }[];
  /** Where others computed the first steps: which. The run's bits are then no longer those of a run that went through. */
  earlier?: EarlierEngine[];
};

/** Versions, host and hardware, recorded when a run starts. */
export type Environment = {
  versions: { vsgdLab: string; node: string; tfjs: string };
  host: string;
  os: string;
  cpu: string;
  cores: number;
  memoryBytes: number;
  gpu: string | null;
  git: { commit: string; dirty: boolean } | null;
};

/** Smallest, largest and last value of a metric, with their steps. Non-finite values count in `count` and `last` only. */
export type MetricSummary = {
  last: number | 'NaN' | 'Infinity' | '-Infinity';
  lastStep: number;
  min: number | null;
  minStep: number | null;
  max: number | null;
  maxStep: number | null;
  count: number;
};

/** A checkpoint as `runs show` lists it. */
export type CheckpointInfo = { step: number; path: string; bytes: number; sha256: string };

/** What `runs list --json` and `runs show --json` have in common: a promise. */
export type RunSummary = {
  id: string;
  name: string;
  state: RunState;
  reason: string | null;
  overrides: string[];
  config: ConfigTree;
  engine: EngineInfo | null;
  /** `origin` since 1.1, once the run has started. */
  dataset: { name: string; fingerprint: string | null; origin?: DatasetOrigin };
  startedAt: string | null;
  endedAt: string | null;
  /** Of a resumed run: from its last kept step to the beginning of the next session (Unix time in milliseconds), which no duration counts. */
  pauses?: [number, number][];
};

/** `runs show ID --json`: a promise. */
export type RunDetail = RunSummary & {
  step: number;
  metrics: Record<string, MetricSummary>;
  checkpoints: CheckpointInfo[];
};

/** A run as the app shows it: the summary, and what a person did with it. Metrics without their points. */
export type RunView = RunSummary & {
  createdAt: string;
  tags: string[];
  notes: string;
  starred: boolean;
  seed: number;
  /** As `--engine` takes it; `engine` is what computes. */
  engineAsked: string;
  desired: DesiredState;
  /** Place in the queue; smaller is sooner. */
  position: number;
  sweep: { id: string; index: number; size: number } | null;
  fork: { runId: string; step: number } | null;
  step: number;
  totalSteps: number | null;
  /** Of late, with evaluations, while it is at work; null where that cannot be told yet. */
  secondsPerStep: number | null;
  trashedAt: string | null;
  /** Bytes of its checkpoints and its journal. */
  diskBytes: number;
  metrics: Record<string, MetricSummary>;
  /** Test accuracy at the evaluation whose validation accuracy is the highest, the first of several; null without validation. */
  testAtBest: { value: number; step: number; validation: number } | null;
};

/** `runs list --json`: a promise. */
export type RunEntry = RunSummary & Pick<RunView, 'createdAt' | 'tags' | 'seed' | 'sweep' | 'fork' | 'step' | 'totalSteps' | 'metrics'>;
