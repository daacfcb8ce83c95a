// run.json, and what its parts may be wherever one comes from: this program, a bundle, or a folder that something else has changed.
import { z } from 'zod';
import type { ConfigTree } from '../components/experiment.ts';
import { engineNames } from './runs.ts';

/** The longest texts and lists of a run; the router and the command line refuse longer ones. */
export const runLimits = { name: 10_000, tag: 100, tags: 100, notes: 1_000_000, override: 10_000, overrides: 1000, path: 4096 } as const;

const idPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Whether a text has the form of a run's id. */
export const isRunId = (text: string): boolean => idPattern.test(text);

export const runName = z.string().max(runLimits.name).refine((text) => text.trim() !== '', 'A run needs a name that can be read.');
export const runTags = z.array(z.string().min(1).max(runLimits.tag)).max(runLimits.tags);
export const runNotes = z.string().max(runLimits.notes);
export const runOverrides = z.array(z.string().max(runLimits.override)).max(runLimits.overrides);

const id = z.string().regex(idPattern, 'not the id of a run');
const count = z.int().min(0);
const date = z.string().max(40).refine((text) => /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text)), 'not a time');
const isTree = (value: unknown): value is ConfigTree => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Only the parts that every view of a run reads: an experiment of an earlier version may be one that this version could not train. */
const config = z.custom<ConfigTree>(isTree, 'not a configuration').superRefine((tree, context) => {
  for (const key of ['dataset', 'model', 'train']) {
    if (tree[key] !== undefined && !isTree(tree[key])) context.addIssue({ code: 'custom', path: [key], message: 'not a group of settings' });
  }
  const name = isTree(tree.dataset) ? tree.dataset.name : undefined;
  if (name !== undefined && (typeof name !== 'string' || name.length > 200)) context.addIssue({ code: 'custom', path: ['dataset', 'name'], message: 'not a name' });
});

/** `run.json`: written once when the run is queued, again when a person edits it. Keys of a later version are kept. */
export const runDocumentSchema = z.looseObject({
  version: z.literal(1),
  id,
  name: runName,
  createdAt: date,
  /** The overrides, as typed, without the program's name. */
  overrides: runOverrides,
  /** `--config-dir`, absolute, and `--config-name`: where the configuration came from. Nothing reads them again to train. */
  configDir: z.string().max(runLimits.path).nullable(),
  configName: z.string().max(runLimits.path).nullable().optional(),
  config,
  /** Interpolations by the path of their value, which overrides of a fork move. Older runs have none. */
  references: z.record(z.string().max(1000), z.string().max(runLimits.override)).optional(),
  /** SHA-256 of the canonical JSON of `config`. */
  configHash: z.string().regex(/^[0-9a-f]{64}$/, 'not a SHA-256'),
  seed: count,
  engine: z.enum(engineNames),
  sweep: z.object({ id, index: count, size: z.int().min(1), overrides: runOverrides }).nullable(),
  /** The checkpoint is a file in the run's own folder of checkpoints. */
  fork: z.object({ runId: id, step: count, checkpoint: z.string().regex(/^[A-Za-z0-9][\w.-]{0,100}$/, 'not the name of a file') }).nullable(),
  tags: runTags,
  /** What a person wrote about the run. */
  notes: runNotes.optional(),
  starred: z.boolean().optional(),
});

type Known = z.infer<typeof runDocumentSchema>;
export type RunDocument = { [Key in keyof Known as string extends Key ? never : Key]: Known[Key] };
