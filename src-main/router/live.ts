// The subscription that keeps the app up to date: changed runs, and rows of the curves that it watches.
import { tracked } from '@trpc/server';
import { z } from 'zod';
import { packPosition, unpackPosition, watchChanges } from '#services';
import { procedure, router } from './base.ts';
import { seriesCursor } from './curves.ts';

const watched = z.strictObject({ runId: z.string().max(100), key: z.string().max(1000), cursor: seriesCursor.nullable() });

export const liveRouter = router({
  /**
   * Deltas after `cursor` (of runs.list; null: from now on) and after each curve's own. Every event's id is the position
   * after it: a client that connects again goes on there.
   */
  changes: procedure
    .input(z.strictObject({ cursor: z.string().max(100).nullable(), series: z.array(watched).max(500), lastEventId: z.string().max(1_000_000).nullish() }))
    .subscription(async function* ({ ctx: { lab }, input: { lastEventId, ...start }, signal }) {
      const position = (lastEventId ? unpackPosition(lastEventId, start.series) : null) ?? start;
      for await (const found of watchChanges(lab, position, signal ?? new AbortController().signal)) yield tracked(packPosition(found.position), found.delta);
    }),
});
