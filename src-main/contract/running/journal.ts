// The journal: one JSON object per line, appended by the trainer alone, read by ingest. NaN and infinities are strings.
import { z } from 'zod';
import { layerStatistics } from './layers.ts';

/** A metric value as JSON can carry it. */
export const metricValue = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]);
export type MetricValue = z.infer<typeof metricValue>;

const step = z.int().min(0);
/** Unix time in milliseconds. */
const time = z.number();
/** When the trainer's process began. */
const began = time.optional();

export const journalLine = z.discriminatedUnion('type', [
  z.object({ type: z.literal('metrics'), step, time, values: z.record(z.string(), metricValue) }),
  z.object({ type: z.literal('histogram'), step, time, name: z.string(), edges: z.array(z.number()), counts: z.array(z.number()) }),
  z.object({ type: z.literal('layers'), step, time, ...layerStatistics.shape }),
  z.object({ type: z.literal('checkpoint'), step, time, path: z.string(), bytes: z.number(), sha256: z.string(), kind: z.enum(['last', 'best', 'kept']) }),
  z.object({ type: z.literal('state'), step, time, state: z.string(), reason: z.string().nullable(), engine: z.record(z.string(), z.unknown()).optional(), environment: z.record(z.string(), z.unknown()).optional(), dataset: z.object({ name: z.string(), fingerprint: z.string() }).optional(), totalSteps: z.int().optional(), resumedFrom: z.int().optional(), began }),
  z.object({ type: z.literal('note'), step, time, level: z.enum(['info', 'warning', 'error']), message: z.string() }),
  z.object({ type: z.literal('end'), step, time, state: z.enum(['finished', 'stopped', 'paused', 'failed']), reason: z.string().nullable(), began }),
]);
export type JournalLine = z.infer<typeof journalLine>;

/** A number as the journal writes it. */
export function encodeMetric(value: number): MetricValue {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}

/** The number that the journal meant. */
export const decodeMetric = (value: MetricValue): number => Number(value);
