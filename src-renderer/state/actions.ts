// What a person does to runs: at once, with Undo where it can be undone.
import type { RunView } from '#contract';
import { client } from '../client/client.ts';
import { attempt, tellDone } from './notices.svelte.ts';
import { isActive } from '../elements/runFacts.ts';

const named = (chosen: RunView[]): string => (chosen.length === 1 ? `“${chosen[0]?.name}”` : `${chosen.length} runs`);

export const stopRuns = (chosen: RunView[]): Promise<unknown> => attempt(() => Promise.all(chosen.map(({ id }) => client.runs.stop.mutate({ run: id }))));
export const pauseRuns = (chosen: RunView[]): Promise<unknown> => attempt(() => Promise.all(chosen.map(({ id }) => client.runs.pause.mutate({ run: id }))));
export const resumeRuns = (chosen: RunView[]): Promise<unknown> => attempt(() => Promise.all(chosen.map(({ id }) => client.runs.resume.mutate({ run: id }))));

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
