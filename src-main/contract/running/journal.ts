// The journal: one JSON object per line, appended by the trainer alone, read by ingest. NaN and infinities are strings.
import { z } from 'zod';
import { isPrototypeKey } from '../keys.ts';
import { layerStatistics } from './layers.ts';

/** Steps beyond this are no steps of a training. */
const mostSteps = 1e12;
/** The last moment that a Date can hold, in milliseconds. */
const lastTime = 8.64e15;

/** A metric value as JSON can carry it. */
export const metricValue = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]);
export type MetricValue = z.infer<typeof metricValue>;

const step = z.int().min(0).max(mostSteps);
/** Unix time in milliseconds. */
const time = z.number().min(0).max(lastTime);
/** When the trainer's process began. */
const began = time.optional();
const word = z.string().max(200);
const text = z.string().max(100_000);
const metricKey = z.string().min(1).max(1000).refine((key) => !isPrototypeKey(key));

const earlier = z.looseObject({ name: word, device: text.optional(), threads: z.int().min(0).optional(), version: word, until: step });
const engine = z.looseObject({
  name: word, device: text, threads: z.int().min(0).optional(), tf32: z.boolean().optional(), mixedPrecision: z.enum(['float16', 'bfloat16']).optional(), fallbackFrom: word.optional(), reason: text.optional(),
  tried: z.array(z.looseObject({ name: word, reason: text })).max(100).optional(), earlier: z.array(earlier).max(10_000).optional(),
});
const environment = z.looseObject({
  versions: z.looseObject({ vsgdLab: word, node: word, tfjs: word }), host: text, os: text, cpu: text, cores: z.int().min(0), memoryBytes: z.number().min(0), gpu: text.nullable(),
  git: z.looseObject({ commit: word, dirty: z.boolean() }).nullable(),
});
const origin = z.object({ kind: z.enum(['download', 'import', 'generated', 'folder']), official: z.boolean(), train: z.int().min(0), published: z.int().min(0).nullable(), limit: z.int().min(1).optional() });
const numbers = z.array(z.number()).max(10_000);

export const journalLine = z.discriminatedUnion('type', [
  z.object({ type: z.literal('metrics'), step, time, values: z.record(metricKey, metricValue) }),
  z.object({ type: z.literal('histogram'), step, time, name: metricKey, edges: numbers, counts: numbers }),
  z.object({ type: z.literal('layers'), step, time, ...layerStatistics.shape }).refine(({ tensors, sizes, measures }) => sizes.length === tensors.length && Object.values(measures).every(({ length }) => length === tensors.length)),
  z.object({ type: z.literal('checkpoint'), step, time, path: z.string().regex(/^checkpoints\/[A-Za-z0-9][\w.-]{0,100}$/), bytes: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{1,64}$/), kind: z.enum(['last', 'best', 'kept']) }),
  z.object({ type: z.literal('state'), step, time, state: word, reason: text.nullable(), engine: engine.optional(), environment: environment.optional(), dataset: z.object({ name: word, fingerprint: word, origin: origin.optional() }).optional(), totalSteps: step.optional(), resumedFrom: step.optional(), began }),
  z.object({ type: z.literal('note'), step, time, level: z.enum(['info', 'warning', 'error']), message: z.string() }),
  z.object({ type: z.literal('end'), step, time, state: z.enum(['finished', 'stopped', 'paused', 'failed']), reason: z.string().nullable(), began }),
]);

const isValue = (value: unknown): boolean => (typeof value === 'number' ? Number.isFinite(value) : value === 'NaN' || value === 'Infinity' || value === '-Infinity');

/** The shape of a line: metrics by hand, there are many of them; the rest by its schema. */
export function isJournalLine(line: unknown): line is JournalLine {
  if (typeof line !== 'object' || line === null || (line as { type?: unknown }).type !== 'metrics') return journalLine.safeParse(line).success;
  const { step: at, time: when, values } = line as Record<string, unknown>;
  if (!Number.isSafeInteger(at) || (at as number) < 0 || (at as number) > mostSteps || typeof when !== 'number' || !(when >= 0 && when <= lastTime)) return false;
  if (typeof values !== 'object' || values === null || Array.isArray(values)) return false;
  return Object.entries(values).every(([key, value]) => isValue(value) && key !== '' && key.length <= 1000 && !isPrototypeKey(key));
}

export type JournalLine = z.infer<typeof journalLine>;

/** A number as the journal writes it. */
export function encodeMetric(value: number): MetricValue {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}

/** The number that the journal meant. */
export const decodeMetric = (value: MetricValue): number => Number(value);
