// All runs, kept up to date by deltas after a cursor; after a lost connection the list is made anew.
import { firstRuns, runsPerPage, tableOf, type RunView } from '#contract';
import { client } from '../client/client.ts';
import { afterPicture } from '../elements/idle.ts';
import { tellEnd } from './ends.svelte.ts';
import { tellError, tellNotice } from './notices.svelte.ts';

/** Replaced whole by every change: thousands of runs are no thousands of signals. */
class Runs {
  /** The newest ones, sweeps whole, until all are there. */
  byId: Record<string, RunView> = $state.raw(tableOf());
  /** All runs are there. */
  loaded = $state(false);
}
export const runs = new Runs();

const inOrder = $derived(Object.values(runs.byId).filter(({ trashedAt }) => trashedAt === null).sort((a, b) => (a.id < b.id ? 1 : -1)));
/** Runs that are not in the trash, newest first. */
export const listed = (): RunView[] => inOrder;

type Newest = { cursor: string; runs: RunView[]; next: string | null };

/** Shows what fills the first screen; the sweep at the cut, whose other runs are still to come, waits for them. */
function begin({ runs: newest, next }: Newest): void {
  const cut = next === null ? undefined : newest.at(-1)?.sweep?.id;
  const whole = newest.filter(({ sweep }) => !sweep || sweep.id !== cut);
  Object.assign(runs, { byId: tableOf(whole.map((run) => [run.id, run])), loaded: next === null });
}

const askNewest = (): Promise<Newest> => client.runs.list.query(firstRuns, { context: { alone: true } }); // the server lets the browser ask for this at once

async function loadOthers({ runs: newest, next }: Newest): Promise<void> {
  const found = tableOf(newest.map((run) => [run.id, run]));
  for (let after = next; after !== null;) {
    const page = await client.runs.list.query({ ...firstRuns, after, limit: runsPerPage });
    for (const run of page.runs) found[run.id] = run;
    after = page.next;
  }
  Object.assign(runs, { byId: found, loaded: true });
}

let noticesShown = 0;

/** Shows what the core repaired since it was opened, for instance a damaged database: each once. */
async function showNotices(): Promise<void> {
  const { notices } = await client.system.about.query();
  for (const text of notices.slice(noticesShown > notices.length ? 0 : noticesShown)) tellNotice(text);
  noticesShown = notices.length;
}

/** The others, and from then on what changes: what changed meanwhile comes again as a delta after the newest runs' cursor. */
async function follow(newest: Newest): Promise<void> {
  if (newest.next !== null) await afterPicture(); // which does not show the others
  await loadOthers(newest);
  void showNotices().catch(tellError);
  client.live.changes.subscribe({ cursor: newest.cursor, series: [] }, {
    onData: ({ data }) => {
      if (data.reset) void askNewest().then(loadOthers).then(showNotices).catch(tellError);
      if (data.runs.length + data.removed.length === 0) return;
      const byId = tableOf(Object.entries(runs.byId));
      for (const run of data.runs) {
        tellEnd(byId[run.id], run);
        byId[run.id] = run;
      }
      for (const id of data.removed) delete byId[id];
      runs.byId = byId;
    },
    onError: tellError,
  });
}

/** Loads the runs, the newest first, and follows their changes for as long as the page is open. Resolves when there is something to show. */
export async function followRuns(): Promise<void> {
  try {
    const newest = await askNewest();
    begin(newest);
    void follow(newest).catch(tellError);
  } catch (error) {
    tellError(error);
  }
}
