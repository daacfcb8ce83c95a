// What every procedure shares: its context, and how an error of ours crosses to a client.
import { initTRPC, TRPCError } from '@trpc/server';
import { z } from 'zod';
import { refuseFromRemote } from './remote.ts';
import { LabError, runOverrides, serializeError, toLabError, type ErrorCode, type SavedFile, type SerializedError } from '#contract';
import type { DatasetJobs, EngineJobs, Lab } from '#services';
import { isSqliteError, storeError } from '#store';

/** The open subscriptions of one connection, and how many there may be. */
export type Subscriptions = { open: Set<AbortSignal>; most: number };

/** What procedures work with; no transport in it. `version` is the product's; `openFolder` shows a folder in the file manager and `downloads` follows files that
 *  the page saves; only the desktop app has them. `remote`: other computers reach this service. */
export type RouterContext = { lab: Lab; jobs: DatasetJobs; engineJobs: EngineJobs; version: string; openFolder?: (path: string) => Promise<void>; downloads?: (signal: AbortSignal) => AsyncIterable<SavedFile>; subscriptions?: Subscriptions; remote?: boolean };

/** The zod issues of an input as one error of ours. */
function inputError(error: z.ZodError): LabError {
  return new LabError('USAGE', `The request is not as it should be: ${z.prettifyError(error)}`, { place: { key: error.issues[0]?.path.join('.') }, cause: error });
}

/** The error of ours that stands behind one of tRPC's. */
export function labErrorOf({ code, cause, message }: TRPCError): LabError {
  if (cause instanceof LabError) return cause;
  if (cause instanceof z.ZodError) return inputError(cause);
  if (isSqliteError(cause)) return storeError(cause, 'lab.db');
  if (code === 'INTERNAL_SERVER_ERROR') return toLabError(cause ?? message);
  return new LabError(code === 'NOT_FOUND' ? 'NOT_FOUND' : 'USAGE', message);
}

const statuses: Partial<Record<ErrorCode, TRPCError['code']>> = {
  NOT_FOUND: 'NOT_FOUND', CONFLICT: 'CONFLICT', CONFIG_SYNTAX: 'BAD_REQUEST', CONFIG_COMPOSITION: 'BAD_REQUEST', CONFIG_MISSING: 'BAD_REQUEST', CONFIG_INVALID: 'BAD_REQUEST',
  USAGE: 'BAD_REQUEST', DATASET_MISSING: 'PRECONDITION_FAILED', CANCELLED: 'CLIENT_CLOSED_REQUEST', STORE_BUSY: 'SERVICE_UNAVAILABLE', INTERNAL: 'INTERNAL_SERVER_ERROR',
};

const t = initTRPC.context<RouterContext>().create({
  isDev: false, // no stacks to clients
  sse: { enabled: false },
  errorFormatter({ shape, error }) {
    const lab: SerializedError = serializeError(labErrorOf(error));
    return { ...shape, message: lab.message, data: { ...shape.data, lab } };
  },
});

/** Gives errors of ours the status that fits. */
const translate = t.middleware(async ({ next }) => {
  const result = await next();
  if (result.ok || result.error.code !== 'INTERNAL_SERVER_ERROR') return result;
  const cause = labErrorOf(result.error);
  throw new TRPCError({ code: statuses[cause.code] ?? 'UNPROCESSABLE_CONTENT', message: cause.message, cause });
});

const guardRemote = t.middleware(async ({ ctx: { remote }, path, getRawInput, next }) => {
  if (remote) refuseFromRemote(path, await getRawInput());
  return next();
});

/** A connection has so many subscriptions and no more: each costs work at every change. */
const capSubscriptions = t.middleware(async ({ ctx: { subscriptions }, type, signal, next }) => {
  if (type !== 'subscription' || !subscriptions || !signal) return next();
  const { open, most } = subscriptions;
  if (open.size >= most) throw new TRPCError({ code: 'TOO_MANY_REQUESTS', message: `This connection has ${most} subscriptions; stop some of them first.` });
  open.add(signal);
  signal.addEventListener('abort', () => open.delete(signal), { once: true });
  const result = await next();
  if (!result.ok) open.delete(signal);
  return result;
});

export const router = t.router;
export const procedure = t.procedure.use(translate).use(guardRemote).use(capSubscriptions);
export const createCallerFactory = t.createCallerFactory;

/** The id of a run, a unique beginning of one, or its name. */
export const runReference = z.string().min(1).max(200);
/** Hydra overrides, as typed. */
export const overrideTexts = runOverrides;
/** A path on the computer that the service runs on. */
export const localPath = z.string().min(1).max(4096).refine((path) => !path.includes('\0'), 'A path holds no NUL.');
