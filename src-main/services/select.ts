// Runs that command-line arguments name: by ids and names, or by a filter as the app's table has it.
import { isCondition, LabError, parseFilter, type RunView } from '#contract';
import { listRuns, viewRuns } from '#store';
import type { Lab } from './lab.ts';
import { findRun } from './runs.ts';

type Selecting = { trashed?: boolean };

/** Whether the words are a filter and not the names of runs. */
export const isFilter = (words: string[]): boolean => words.some(isCondition);

/** Runs that fit a filter, oldest first. @throws LabError USAGE for a filter that is not understood, or names what no run has */
export function filterViews({ database }: Lab, words: string[], { trashed = false }: Selecting = {}): RunView[] {
  const all = viewRuns(database, listRuns(database, { trashed }));
  const terms = parseFilter(words.join(' '), all);
  const fault = terms.find((term) => term.fault !== null)?.fault;
  if (fault) throw new LabError('USAGE', fault, { place: { key: words.join(' ') } });
  return all.filter((run) => terms.every(({ fits }) => fits(run)));
}

/** Ids of the runs, each once. Where one word is a condition all of them are one filter. @throws LabError NOT_FOUND, CONFLICT, USAGE */
export function selectRuns(lab: Lab, words: string[], options: Selecting = {}): string[] {
  if (!isFilter(words)) return [...new Set(words.map((word) => findRun(lab, word, options).id))];
  const found = filterViews(lab, words, options);
  if (found.length === 0) throw new LabError('NOT_FOUND', `No runs${options.trashed ? ' in the trash' : ''} match the filter '${words.join(' ')}'. vsgd-lab runs list shows all.`);
  return found.map(({ id }) => id);
}
