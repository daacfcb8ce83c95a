// Whether there is what a comparison names: its metric, the key of its groups, the groups themselves. A typo would give an empty figure.
import { arrangeGroups, configKeys, configValue, didYouMean, differences, groupKeys, LabError, type Comparison } from '#contract';
import type { Lab } from '../lab.ts';
import { comparedRuns } from './table.ts';

/** What a comparison names without there being such a thing, `key` its field. */
function refuse(key: keyof Comparison, what: string, { wanted, names, list }: { wanted: string; names: string[]; list: string }): LabError {
  const tails = names.filter((name) => name.split(/[./]/).at(-1) === wanted).map((name) => `'${name}'`);
  const meant = tails.length > 0 ? ` Did you mean ${tails.join(' or ')}?` : didYouMean(wanted, names);
  return new LabError('USAGE', `${what} '${wanted}'.${meant}${list}`, { place: { key } });
}

/** `metric`: whether it must be there; a table tells others too. `groups`: whether those must that are named. @throws LabError USAGE with what there is instead; NOT_FOUND for an unknown run */
export function checkComparison(lab: Lab, comparison: Comparison, needed: { metric: boolean; groups?: boolean }): void {
  const { runs: references, metric, by, baseline, hidden } = comparison;
  const runs = comparedRuns(lab, references);
  const metrics = [...new Set(runs.flatMap((run) => Object.keys(run.metrics)))].sort();
  if (needed.metric && !metrics.includes(metric)) throw refuse('metric', 'No run of this comparison has the metric', { wanted: metric, names: metrics, list: ` ${metrics.length === 0 ? 'They have none yet.' : `They have ${metrics.join(', ')}.`}` });
  const strange = groupKeys(by).find((key) => key !== 'run' && runs.every((run) => configValue(run, key) === undefined));
  if (by !== '' && strange !== undefined) {
    const differing = differences(runs).map(({ key }) => key);
    throw refuse('by', 'No run of this comparison has the configuration key', { wanted: strange, names: [...configKeys(runs), 'run'], list: ` These runs differ in ${differing.join(', ') || 'nothing'}; 'run' makes a group of each, and without it the optimizer makes the groups.` });
  }
  if (needed.groups === false) return;
  const groups = arrangeGroups(runs, comparison).map(({ name }) => name);
  const list = ` There are ${groups.map((name) => `'${name}'`).join(', ')}.`;
  if (baseline !== null && !groups.includes(baseline)) throw refuse('baseline', 'There is no group', { wanted: baseline, names: groups, list });
  const unknown = hidden.find((wanted) => !groups.includes(wanted) && runs.every(({ id }) => id !== wanted));
  if (unknown !== undefined) throw refuse('hidden', 'There is no group, and no run by the id,', { wanted: unknown, names: groups, list });
}

/** Which runs are not finished, though their last value counts as the final one; null where all are. */
export function describeUnfinished(lab: Lab, { runs: references, finishedOnly }: Comparison): string | null {
  const open = comparedRuns(lab, references).filter(({ state }) => state !== 'finished');
  const named = open.slice(0, 5).map(({ name, state, step, totalSteps }) => `${name} (${state}${step > 0 ? `, step ${step} of ${totalSteps ?? '?'}` : ''})`);
  return open.length === 0 ? null : `${finishedOnly ? 'Left out, as they are not finished' : 'Not finished, so that the last value counts as the final one'}: ${named.join(', ')}${open.length > named.length ? ` and ${open.length - named.length} more` : ''}.`;
}
