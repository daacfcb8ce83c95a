// Everything that can be done from the keyboard: one list, from which the palette, the list of keys and the keys themselves are made.
import { optimizerOf, type RunView } from '#contract';
import { canResume } from '../elements/runFacts.ts';
import { canStop, compareSelected, openFolder, opensFolders, resumeRuns, retryRuns, starRuns, stopRuns, trashRuns } from '../state/actions.ts';
import { go } from '../state/address.svelte.ts';
import { tableAddress } from '../state/table.svelte.ts';
import { applyTheme } from '../state/theme.svelte.ts';
import type { Searched } from './search.ts';

/** `keys`: one stroke (`mod+k`: Ctrl, or ⌘ on a Mac) or two in a row (`g r`). */
export type Command = Searched & { id: string; group: string; keys?: string; run(): unknown };

const focusFilter = (): void => { document.querySelector<HTMLInputElement>('input[type=search]')?.focus(); };

const views: [string, string, string[]][] = [['g r', 'Runs', ['runs']], ['g n', 'New run', ['new']], ['g c', 'Compare', ['compare']], ['g d', 'Data sets', ['datasets']], ['g e', 'Engines', ['engines']], ['g s', 'Settings', ['settings']]];

/** Commands that are always there. */
export const commands: readonly Command[] = [
  ...views.map(([keys, title, path]): Command => ({ id: `go ${path[0]}`, title, group: 'Go to', keys, run: () => (path[0] === 'runs' ? void location.assign(tableAddress()) : go(path)) })),
  { id: 'queue', title: 'Queue', group: 'Go to', keys: 'g q', run: () => go(['runs'], { state: 'queue' }) },
  { id: 'trash', title: 'Trash', group: 'Go to', keys: 'g t', run: () => go(['runs'], { state: 'trash' }) },
  { id: 'new', title: 'New run', group: 'Actions', keys: 'mod+n', run: () => go(['new']) },
  { id: 'filter', title: 'Filter the table', group: 'Actions', keys: '/', run: focusFilter },
  ...(['system', 'light', 'dark'] as const).map((theme): Command => ({ id: `theme ${theme}`, title: theme === 'system' ? 'Theme: as the system' : `Theme: ${theme}`, group: 'Actions', run: () => applyTheme(theme) })),
];

/** Keys that the palette itself and single views listen to. */
export const otherKeys: readonly { keys: string; title: string; group: string }[] = [
  { keys: 'mod+k', title: 'Command palette', group: 'Everywhere' }, { keys: '?', title: 'List of keys', group: 'Everywhere' }, { keys: 'Escape', title: 'Close, or clear the selection', group: 'Everywhere' },
  { keys: '↑ ↓', title: 'Move from run to run', group: 'Table of runs' }, { keys: 'Space', title: 'Choose the run', group: 'Table of runs' }, { keys: 'Shift+↑ ↓', title: 'Extend the selection', group: 'Table of runs' }, { keys: 'mod+a', title: 'Choose all', group: 'Table of runs' }, { keys: 'Enter', title: 'Open the run', group: 'Table of runs' },
  { keys: 'mod+e', title: 'Export the comparison', group: 'Compare' }, { keys: 'Drag, Shift+drag', title: 'Zoom, pan', group: 'Charts' }, { keys: 'Double click', title: 'Show everything', group: 'Charts' }, { keys: '← →', title: 'Move the crosshair', group: 'Charts' }, { keys: '+ −', title: 'Zoom around the crosshair', group: 'Charts' }, { keys: 'Shift+← →', title: 'Pan', group: 'Charts' }, { keys: '0', title: 'Show everything, by keyboard', group: 'Charts' },
];

/** What tells a run of a sweep from its siblings: what its name does not say of optimizer and seed. */
function remarkOf(run: RunView): string {
  if (run.sweep === null) return '';
  return [optimizerOf(run), `seed ${run.seed}`].filter((part) => !run.name.toLowerCase().includes(part.toLowerCase())).map((part) => `, ${part}`).join('');
}

/** What can be done with a run from the palette. */
export function runCommands(run: RunView): Command[] {
  const title = `${run.name}${remarkOf(run)}`;
  const of = (what: string, work: () => unknown): Command => ({ id: `${what} ${run.id}`, title: `${what} ${title}`, group: 'Runs', second: what !== 'Open', run: work });
  return [
    of('Open', () => go(['runs', run.id])), ...(canStop(run) ? [of('Stop', () => stopRuns([run]))] : []), ...(canResume(run) ? [of('Resume', () => resumeRuns([run]))] : []), ...(canStop(run) ? [] : [of('Run again:', () => retryRuns([run]))]),
    of('Clone', () => go(['new'], { from: run.id })), of('Compare', () => compareSelected([run])), ...(opensFolders ? [of('Open the folder of', () => openFolder(run))] : []), of(run.starred ? 'Unstar' : 'Star', () => starRuns([run])), ...(canStop(run) ? [] : [of('Move to trash:', () => trashRuns([run]))]),
  ];
}
