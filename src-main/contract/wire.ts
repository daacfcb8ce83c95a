// What a window and the main process say to each other: JSON texts over one channel, so that every transport carries the same values.
import { z } from 'zod';

/** Most calls that a page sends to the server in one request. */
export const largestBatch = 50;

/** Longer texts of a window are not taken. */
export const longestWireText = 4 * 2 ** 20;

const id = z.int().min(0);

/** Window to main process: start a procedure, or end the one with this id. */
export const wireRequest = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('call'), id, kind: z.enum(['query', 'mutation', 'subscription']), path: z.string().max(200), input: z.unknown().optional() }),
  z.strictObject({ type: z.literal('stop'), id }),
]);
export type WireRequest = z.infer<typeof wireRequest>;
export type WireCall = Extract<WireRequest, { type: 'call' }>;

/** Main process to window. A query or mutation ends with its `data`; a subscription with `done`; each with `error`. */
export type WireReply =
  | { type: 'started'; id: number }
  | { type: 'data'; id: number; data?: unknown }
  | { type: 'done'; id: number }
  | { type: 'error'; id: number; error: { message: string; code: number; data: Record<string, unknown> } };

/** All that a window gets of the desktop shell. `listen` returns how to stop listening. */
export type Bridge = { send(text: string): void; listen(take: (text: string) => void): () => void };

/** The name under which a window finds its bridge. */
export const bridgeName = 'vsgdLab';
