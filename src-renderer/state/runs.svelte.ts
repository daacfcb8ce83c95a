// All runs, kept up to date by deltas after a cursor; after a lost connection the list is made anew.
import { runsPerPage, type RunView } from '#contract';
import { client } from '../client/client.ts';
import { tellEnd } from './ends.svelte.ts';
import { tellError } from './notices.svelte.ts';

/** Replaced whole by every change: thousands of runs are no thousands of signals. */
class Runs {
  byId: Record<string, RunView> = $state.raw({});
  loaded = $state(false);
}
export const runs = new Runs();

const inOrder = $derived(Object.values(runs.byId).filter(({ trashedAt }) => trashedAt === null).sort((a, b) => (a.id < b.id ? 1 : -1)));
/** Runs that are not in the trash, newest first. */
export const listed = (): RunView[] => inOrder;

async function load(): Promise<string> {
  const found: Record<string, RunView> = {};
  let cursor = '';
  let after: string | undefined;
  do {
    const page = await client.runs.list.query({ after, limit: runsPerPage }, { context: { alone: true } }); // the server lets the browser ask for the first page at once
    cursor ||= page.cursor;
    for (const run of page.runs) found[run.id] = run;
    after = page.runs.length === runsPerPage ? page.runs.at(-1)?.id : undefined;
  } while (after);
  Object.assign(runs, { byId: found, loaded: true });
  return cursor;
}

/** Loads the runs and follows their changes for as long as the page is open. */
export async function followRuns(): Promise<void> {
  try {
    const cursor = await load();
    client.live.changes.subscribe({ cursor, series: [] }, {
      onData: ({ data }) => {
        if (data.reset) void load();
        if (data.runs.length + data.removed.length === 0) return;
        const byId = { ...runs.byId };
        for (const run of data.runs) {
          tellEnd(byId[run.id], run);
          byId[run.id] = run;
        }
        for (const id of data.removed) delete byId[id];
        runs.byId = byId;
      },
      onError: tellError,
    });
  } catch (error) {
    tellError(error);
  }
}
