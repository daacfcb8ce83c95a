// What a comparison hides: groups by their names, single runs by their ids.
import type { ComparedRun, RunGroup } from './groups.ts';

/** The groups that are drawn, each with the runs that are. */
export function shownGroups<R extends ComparedRun>(groups: RunGroup<R>[], hidden: string[]): RunGroup<R>[] {
  const left = groups.filter(({ name }) => !hidden.includes(name)).map((group) => ({ ...group, runs: group.runs.filter(({ id }) => !hidden.includes(id)) }));
  return left.filter(({ runs }) => runs.length > 0);
}

/** The groups as a table counts them: without runs that are hidden singly, as in the picture; a group that is hidden whole keeps its numbers. */
export const countedGroups = <R extends ComparedRun>(groups: RunGroup<R>[], hidden: string[]): RunGroup<R>[] => groups.map((group) => {
  const left = group.runs.filter(({ id }) => !hidden.includes(id));
  return hidden.includes(group.name) || left.length === 0 ? group : { ...group, runs: left };
});

export const shownIds = (groups: RunGroup[], hidden: string[]): Set<string> => new Set(shownGroups(groups, hidden).flatMap(({ runs }) => runs.map(({ id }) => id)));

/** What to hide so that these runs alone are shown. */
export function hiddenBut(groups: RunGroup[], shown: Set<string>): string[] {
  return groups.flatMap(({ name, runs }) => {
    const out = runs.filter(({ id }) => !shown.has(id)).map(({ id }) => id);
    return out.length === runs.length ? [name] : out;
  });
}

/** Hides runs, or shows them where all of them are hidden. */
export function toggleShown(groups: RunGroup[], hidden: string[], ids: string[]): string[] {
  const shown = shownIds(groups, hidden);
  return hiddenBut(groups, new Set(ids.some((id) => shown.has(id)) ? [...shown].filter((id) => !ids.includes(id)) : [...shown, ...ids]));
}

/** Whether these runs, and no others, are shown. */
export function isAlone(groups: RunGroup[], hidden: string[], ids: string[]): boolean {
  const shown = shownIds(groups, hidden);
  return shown.size === ids.length && ids.every((id) => shown.has(id)) && groups.flatMap(({ runs }) => runs).length > ids.length;
}
