// What a person does to runs: at once, with Undo where it can be undone.
import type { RunView } from '#contract';
import { bridge, client } from '../client/client.ts';
import { canResume, isActive } from '../elements/runFacts.ts';
import { go } from './address.svelte.ts';
import { runs } from './runs.svelte.ts';
import { attempt, tellDone } from './notices.svelte.ts';

const named = (chosen: RunView[]): string => (chosen.length === 1 ? `“${chosen[0]?.name}”` : `${chosen.length} runs`);
type Change = Partial<Pick<RunView, 'name' | 'tags' | 'notes' | 'starred'>>;

const forEach = (chosen: RunView[], work: (run: string) => Promise<unknown>): Promise<unknown> => attempt(() => Promise.all(chosen.map(({ id }) => work(id))));
export const canStop = (run: RunView): boolean => isActive(run) || run.state === 'queued';

/** Stops runs, and offers to let them go on. */
export async function stopRuns(chosen: RunView[]): Promise<void> {
  const stopped = chosen.filter(canStop);
  const done = await forEach(stopped, (run) => client.runs.stop.mutate({ run }));
  if (done && stopped.length > 0) tellDone(`${stopped.every(({ state }) => state === 'queued') ? 'Removed from the queue:' : 'Stopped'} ${named(stopped)}.`, () => Promise.all(stopped.map(({ id }) => resumeWhenStopped(id))));
}
/** A run that is being stopped saves its checkpoint first. */
async function resumeWhenStopped(run: string): Promise<unknown> {
  while (runs.byId[run] !== undefined && canStop(runs.byId[run])) await new Promise((resolve) => { setTimeout(resolve, 100); });
  return client.runs.resume.mutate({ run });
}
export const pauseRuns = (chosen: RunView[]): Promise<unknown> => forEach(chosen.filter(canStop), (run) => client.runs.pause.mutate({ run }));
export const resumeRuns = (chosen: RunView[]): Promise<unknown> => forEach(chosen.filter(canResume), (run) => client.runs.resume.mutate({ run }));
export const retryRuns = (chosen: RunView[]): Promise<unknown> => forEach(chosen, (run) => client.runs.retry.mutate({ run }));

/** Whether folders can be shown in the system's file manager: in the desktop app. */
export const opensFolders = bridge !== undefined;
export const openFolder = ({ id }: RunView): Promise<unknown> => attempt(() => client.runs.openFolder.mutate({ id }));

/** The written parts of a change as they are in a run: another window's text is never replaced without a word. A star is a switch. */
const textsOf = (run: Change, { name, tags, notes }: Change): Change => ({ ...(name === undefined ? {} : { name: run.name }), ...(tags === undefined ? {} : { tags: run.tags }), ...(notes === undefined ? {} : { notes: run.notes }) });

/** Changes what a person wrote about a run as it was `seen`. @returns what takes that back */
export async function editRun(seen: RunView, change: Change): Promise<() => Promise<unknown>> {
  const before = textsOf(seen, change);
  await client.runs.edit.mutate({ run: seen.id, ...change, expected: before });
  return () => client.runs.edit.mutate({ run: seen.id, ...before, ...(change.starred === undefined ? {} : { starred: seen.starred }), expected: textsOf(change, change) });
}

/** Changes what a person wrote about runs, each by its own change, and offers to take it back. */
export async function editRuns(chosen: RunView[], change: (run: RunView) => Change, said: string): Promise<void> {
  const undos = await attempt(() => Promise.all(chosen.map((run) => editRun(run, change(run)))));
  if (undos) tellDone(said, () => Promise.all(undos.map((undo) => undo())));
}

/** Stars runs, or takes the stars away where all have one. */
export function starRuns(chosen: RunView[]): Promise<void> {
  const starred = !chosen.every((run) => run.starred);
  return editRuns(chosen, () => ({ starred }), starred ? `Starred ${named(chosen)}.` : `Unstarred ${named(chosen)}.`);
}

/** Moves resting runs to the trash; those at work are left, and that is said. */
export async function trashRuns(chosen: RunView[]): Promise<void> {
  const resting = chosen.filter((run) => !isActive(run));
  const done = await attempt(() => Promise.all(resting.map(({ id }) => client.runs.trash.mutate({ run: id }))));
  if (!done) return;
  const left = chosen.length - resting.length;
  const restore = () => Promise.all(resting.map(({ id }) => client.runs.restore.mutate({ run: id })));
  if (resting.length > 0) tellDone(`Moved ${named(resting)} to the trash.${left > 0 ? ` ${left} at work were left.` : ''}`, restore);
  else tellDone('Runs at work cannot go to the trash. Stop them first.');
}

export const compareSelected = (chosen: RunView[], query: Record<string, string> = {}): void => go(['compare'], { runs: chosen.map(({ id }) => id).join(','), ...query });
