// Hidden groups and runs: what is left, and how clicks change it.
import { expect, test } from 'vitest';
import { countedGroups, hiddenBut, isAlone, shownGroups, toggleShown, type ComparedRun, type RunGroup } from '#contract';

const createGroup = (name: string, ...ids: string[]): RunGroup => ({ name, color: 'vsgd', variant: 0, runs: ids.map((id): ComparedRun => ({ id, name: id, seed: 1, config: {}, metrics: {}, startedAt: null, endedAt: null })) });
const groups = [createGroup('VSGD', 'v1', 'v2'), createGroup('Adam', 'a1', 'a2')];
const told = (hidden: string[]) => shownGroups(groups, hidden).map(({ name, runs }) => `${name}: ${runs.map(({ id }) => id).join()}`);

test('a group is left out by its name, a run by its id; a group without runs is gone', () => {
  expect(told(['Adam', 'v1'])).toEqual(['VSGD: v2']);
  expect(told(['v1', 'v2'])).toEqual(['Adam: a1,a2']);
});

test('runs are hidden and shown again; all of a group is the group', () => {
  expect(toggleShown(groups, [], ['v1'])).toEqual(['v1']);
  expect(toggleShown(groups, ['v1'], ['v2'])).toEqual(['VSGD']);
  expect(toggleShown(groups, ['VSGD'], ['v2'])).toEqual(['v1']); // one of a hidden group comes back alone
  expect(toggleShown(groups, ['v1', 'Adam'], ['v1', 'v2'])).toEqual(['VSGD', 'Adam']);
  expect(toggleShown(groups, ['v1', 'v2'], ['v1', 'v2'])).toEqual([]);
});

test('a run alone, and all again', () => {
  const only = hiddenBut(groups, new Set(['v2']));
  expect([only, isAlone(groups, only, ['v2']), isAlone(groups, only, ['v1', 'v2'])]).toEqual([['v1', 'Adam'], true, false]);
  expect(isAlone(groups.slice(0, 1), [], ['v1', 'v2'])).toBe(false); // nothing else is there
});

test('a table counts the runs that are shown; a group hidden whole keeps its numbers', () => {
  const counted = (hidden: string[]) => countedGroups(groups, hidden).map(({ runs }) => runs.map(({ id }) => id).join(''));
  expect([counted(['v1', 'Adam']), counted(['v1', 'v2'])]).toEqual([['v2', 'a1a2'], ['v1v2', 'a1a2']]);
});
