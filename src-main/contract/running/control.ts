// What a host tells its trainer: one JSON object per line on the trainer's standard input. The other way the run directory speaks.
import { z } from 'zod';

/** Host to trainer. */
export const hostMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('stop') }),
  z.object({ type: z.literal('pause') }),
  z.object({ type: z.literal('checkpoint') }),
]);
export type HostMessage = z.infer<typeof hostMessage>;
