// What a host and its trainer say to each other: one discriminated union each way, parsed at both ends.
import { z } from 'zod';

/** Host to trainer. */
export const hostMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('stop') }),
  z.object({ type: z.literal('pause') }),
  z.object({ type: z.literal('checkpoint') }),
]);
export type HostMessage = z.infer<typeof hostMessage>;

/** Trainer to host. */
export const trainerMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('heartbeat'), step: z.int(), time: z.number() }),
  z.object({ type: z.literal('journal'), offset: z.int(), step: z.int() }),
]);
export type TrainerMessage = z.infer<typeof trainerMessage>;
