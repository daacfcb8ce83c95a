// A comparison in the page's address, the figure's looks, and the command line that makes the same.
import { bands, compareValues, comparisonAxes, comparisonCharts, comparisonSchema, configValue, differences, entryOf, figureSchema, optimizerOf, runNames, settingModes, tellingNames, type ComparedRun, type Comparison, type Figure, type FigureInput, type RunGroup, type RunView, type SavedComparison, type TableColumn } from '#contract';

type Query = Record<string, string>;
const numberOr = <T>(text: string | undefined, other: T): number | T => (text === undefined || text === '' || !Number.isFinite(Number(text)) ? other : Number(text));
const oneOf = <T extends string>(text: string | undefined, values: readonly T[], other: T): T => (values.includes(text as T) ? (text as T) : other);

/** Reads the comparison that an address names; what cannot be read has its default. */
export function comparisonOf(query: Query, runs: string[], metric: string): Comparison {
  return {
    runs, metric, by: query.by ?? '', settings: oneOf(query.settings, settingModes, 'best'), finishedOnly: query.finished === '1', kind: oneOf(query.kind, ['curves', 'bars', 'parallel'], 'curves'), x: oneOf(query.x, comparisonAxes, 'step'), band: oneOf(query.band, bands, 'deviation'),
    smoothing: Math.min(0.999, Math.max(0, numberOr(query.smooth, 0))), log: query.log === '1', baseline: query.baseline || null, target: numberOr(query.target, null), hidden: (query.hide ?? '').split('|').filter((name) => name !== ''), charts: oneOf(query.charts, comparisonCharts, 'one'), columns: (query.columns ?? '').split('|').filter((key) => key !== ''),
  };
}

/** The address of a comparison; `comparisonOf` reads it back. */
export function queryOf(comparison: Comparison, name: string): Query {
  const { runs, by, settings, finishedOnly, kind, metric, x, band, smoothing, log, baseline, target, hidden, charts, columns } = comparison;
  return { runs: runs.join(','), name, by, settings: settings === 'best' ? '' : settings, finished: finishedOnly ? '1' : '', kind: kind === 'curves' ? '' : kind, metric, x: x === 'step' ? '' : x, band: band === 'deviation' ? '' : band, smooth: smoothing === 0 ? '' : String(smoothing), log: log ? '1' : '', baseline: baseline ?? '', target: target === null ? '' : String(target), hide: hidden.join('|'), charts: charts === 'one' ? '' : charts, columns: columns.join('|') };
}

/** A column as the page shows it: its place in the table, a short label, whether the deviation has a place beside it, when it gives way where room is short. */
export type ShownColumn = TableColumn & { index: number; title: string; spread: boolean; yields: 'never' | 'last' | 'second' | 'first' };

/** Columns in the order of interest: the test accuracy at the best validation, the final and the highest or lowest value of the metric, the test loss, the target; without a target, training loss and duration. */
export function shownColumns(columns: TableColumn[], metric: string): ShownColumn[] {
  const named = metric.replace('/', ' ').replace('train ', 'training ');
  const atBest = 'test accuracy at best validation';
  const labels: Record<string, string> = { ...(metric === 'test/accuracy' ? { [atBest]: 'Test at best val.' } : {}), [`final ${named}`]: 'Final', [`best ${named}`]: metric.includes('accuracy') ? 'Highest' : 'Lowest' };
  const targets: Record<string, ShownColumn['yields']> = { 'steps to target': 'last', 'seconds to target': 'second' };
  const judged = columns.some(({ key }) => key === atBest) && metric === 'test/accuracy'; // beside it the highest value stands back
  const isMain = ({ key }: TableColumn): boolean => Object.hasOwn(labels, key) && !(judged && key === `best ${named}`);
  const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
  const order = [...(metric === 'test/accuracy' ? [atBest] : []), `final ${named}`, `best ${named}`, atBest, 'final test accuracy', 'best test accuracy', 'final test loss', 'steps to target', 'seconds to target', 'final training loss', 'duration'];
  const aimed = columns.some(({ key }) => key === 'steps to target');
  return columns.map((column, index) => ({ ...column, index, title: column.label, label: entryOf(labels, column.key) ?? capital(column.label.replace('final ', '')), spread: isMain(column), yields: isMain(column) ? 'never' : (entryOf(targets, column.key) ?? 'first') }))
    .filter(({ key }) => !(aimed && ['final training loss', 'duration'].includes(key)))
    .sort((a, b) => (order.indexOf(a.key) + 1 || 99) - (order.indexOf(b.key) + 1 || 99));
}

/** Configuration keys whose values differ between groups, each with the group's values; of one group, those that differ in it. */
export function groupDifferences(groups: RunGroup[]): { key: string; values: string[] }[] {
  const written = (run: ComparedRun, key: string): string => {
    if (key === 'train.optimizer._target_') return optimizerOf(run);
    const value = configValue(run, key);
    return value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value);
  };
  return differences(groups.flatMap(({ runs }) => runs)).filter(({ key }) => !key.endsWith('experiment_name')).flatMap(({ key }) => {
    const values = groups.map(({ runs }) => [...new Set(runs.map((run) => written(run, key)))].sort(compareValues).join(', '));
    return groups.length === 1 || new Set(values).size > 1 ? [{ key: key.replace(/\._target_$/, ''), values }] : [];
  });
}

/** Why a chart of these runs has nothing to draw, and the run that tells more; null where it has. */
export function emptiness(runs: RunView[], metric: string): { text: string; run?: RunView } | null {
  if (runs.length === 0) return { text: 'Everything is hidden.' };
  if (runs.some(({ metrics }) => metrics[metric])) return null;
  const failed = runs.filter(({ state }) => state === 'failed');
  const coming = runs.some(({ state }) => !['finished', 'failed', 'stopped', 'interrupted'].includes(state));
  const [run] = failed;
  const missing = `No run has written ${metric}${coming ? ' yet' : ''}.`;
  if (!run) return { text: missing };
  const who = runs.length === 1 ? 'The run' : failed.length === runs.length ? `All ${runs.length} runs` : `${failed.length} of ${runs.length} runs`;
  const reason = run.reason?.split('\n')[0] ?? '';
  return { text: `${failed.length === runs.length ? '' : `${missing} `}${who} failed${reason ? `: ${reason}` : '.'}`, run };
}

const [optimizerKey, seedKey] = ['train.optimizer._target_', 'train.seed'];
type Difference = ReturnType<typeof differences>[number];

/** The fewest of the keys, at most three, whose values tell all runs apart, begun with `first`; null where three do not. */
function telling(keys: Difference[], first: Difference[], count: number): Difference[] | null {
  const apart = (wanted: Difference[]): number => new Set(Array.from({ length: count }, (_, at) => wanted.map(({ values }) => values[at]).join('\n'))).size;
  const further = keys.filter((key) => !first.includes(key)).sort((a, b) => Number(b.key.startsWith('train.optimizer.')) - Number(a.key.startsWith('train.optimizer.')));
  const taken = [...first];
  while (apart(taken) < count) {
    const best = further.reduce<Difference | null>((found, key) => (apart([...taken, key]) > apart(found ? [...taken, found] : taken) ? key : found), null);
    if (best === null || taken.length === 3) return null;
    taken.push(best);
  }
  return keys.filter((key) => taken.includes(key));
}

/** Short names of runs beside each other: by the few settings that differ, of many by optimizer, seed and what else it takes to tell all apart, else by their names. What another optimizer brings with it goes without saying. */
export function runLabels(runs: RunView[]): string[] {
  const found = differences(runs).filter(({ key }) => !key.endsWith('experiment_name'));
  const optimizers = found.some(({ key }) => key === optimizerKey);
  const keys = found.filter(({ key, values }) => !optimizers || key === optimizerKey || !(key.startsWith('train.optimizer.') && values.includes('')))
    .sort((a, b) => Number(b.key === optimizerKey) - Number(a.key === optimizerKey) || Number(a.key === seedKey) - Number(b.key === seedKey));
  const wanted = telling(keys, keys.length <= 2 ? keys : keys.filter(({ key }) => key === optimizerKey || key === seedKey), runs.length);
  return wanted === null ? tellingNames([...runNames(runs).values()])
    : runs.map((run, at) => wanted.map(({ key, values }) => (key === optimizerKey ? optimizerOf(run) : `${key.split('.').at(-1)} ${values[at]?.replace(/^"|"$/g, '') || 'none'}`)).join(', '));
}

/** Steps at which a curve falls to half or less at once, as step schedules do. */
export function dropsOf(steps: ArrayLike<number>, values: ArrayLike<number>): number[] {
  return Array.from(steps).filter((_, index) => index > 0 && (values[index] as number) <= 0.5 * (values[index - 1] as number) && (values[index - 1] as number) > 0);
}

/** Sizes that papers and slides ask for, in mm. */
export const paperSizes = [
  { name: 'Single column', width: 84, height: 58, fontSize: 8 }, { name: 'Full width', width: 174, height: 80, fontSize: 9 },
  { name: 'NeurIPS', width: 140, height: 78, fontSize: 9 }, { name: 'Slide', width: 240, height: 135, fontSize: 14 },
] as const;

const quote = (text: string): string => (/^[\w./:=,@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** Whether two comparisons show the same; the order of what they hide means nothing. */
export function isSameComparison(a: Comparison, b: Comparison): boolean {
  const [one, other] = [a, b].map((comparison) => JSON.stringify(comparisonSchema.parse({ ...comparison, hidden: comparison.hidden.toSorted() })));
  return one === other;
}

export const isSameFigure = (a: Figure, b: Figure): boolean => JSON.stringify(figureSchema.parse(a)) === JSON.stringify(figureSchema.parse(b));

/** A saved comparison whose name, with flags for the looks that differ, makes this figure; no flag takes a label back. */
function namesTheSame(saved: SavedComparison, { comparison, figure }: { comparison: Comparison; figure: Figure }): boolean {
  const cleared = (key: keyof Figure): boolean => { const [now, before] = [figure[key], saved.figure[key]]; return (now === null && before !== null) || (Array.isArray(now) && now.length === 0 && Array.isArray(before) && before.length > 0); };
  const switched = (saved.figure.xLog && !figure.xLog) || (saved.figure.markers && !figure.markers) || (figure.counts && !saved.figure.counts);
  const takenBack = switched || (Object.keys(figure) as (keyof Figure)[]).some(cleared);
  return !takenBack && isSameComparison(saved.comparison, comparison);
}

/** The command that writes the same figure: by the name of the saved comparison while it is the same, else by its runs. */
export function compareCommand({ comparison, figure, saved }: { comparison: Comparison; figure: Figure; saved: SavedComparison | null }, file: string): string {
  const named = saved !== null && namesTheSame(saved, { comparison, figure }) ? saved : null;
  const usual: Figure = named?.figure ?? figureSchema.parse({} satisfies FigureInput);
  const plain = comparisonSchema.parse({ runs: comparison.runs });
  const flag = (name: string, value: unknown, known: unknown): string[] => (value === known || value === null ? [] : [`--${name}`, quote(String(value))]);
  const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
  const list = (name: string, value: number[] | null, known: number[] | null): string[] => (value === null || same(value, known) ? [] : [`--${name}`, quote(value.join(','))]);
  const looks = [
    ...flag('width', figure.width, usual.width), ...flag('height', figure.height, usual.height), ...flag('font-size', figure.fontSize, usual.fontSize), ...flag('font', figure.font, usual.font), ...flag('legend', figure.legend, usual.legend),
    ...flag('title', figure.title, usual.title), ...flag('x-label', figure.xLabel, usual.xLabel), ...flag('y-label', figure.yLabel, usual.yLabel),
    ...flag('x-min', figure.xMin, usual.xMin), ...flag('x-max', figure.xMax, usual.xMax), ...flag('y-min', figure.yMin, usual.yMin), ...flag('y-max', figure.yMax, usual.yMax), ...list('x-ticks', figure.xTicks, usual.xTicks), ...list('y-ticks', figure.yTicks, usual.yTicks),
    ...(figure.xLog && !usual.xLog ? ['--log-x'] : []), ...flag('line-width', figure.lineWidth, usual.lineWidth), ...(figure.markers && !usual.markers ? ['--markers'] : []), ...(!figure.counts && usual.counts ? ['--no-counts'] : []),
    ...(same(figure.groups, usual.groups) ? [] : figure.groups.flatMap(({ group, name, color }) => [...(name ? ['--rename', quote(`${group}=${name}`)] : []), ...(color ? ['--color', quote(`${group}=${color}`)] : [])])),
    ...(same(figure.panels, usual.panels) ? [] : figure.panels.flatMap((metric) => ['--panel', quote(metric)])),
  ];
  const what = named ? ['--saved', quote(named.name)] : [
    ...comparison.runs.map((id) => id), ...flag('by', comparison.by, plain.by), ...flag('settings', comparison.settings, plain.settings), ...(comparison.finishedOnly ? ['--finished-only'] : []), ...flag('metric', comparison.metric, plain.metric), ...flag('kind', comparison.kind, plain.kind), ...flag('x', comparison.x, plain.x), ...flag('band', comparison.band, plain.band), ...flag('smoothing', comparison.smoothing, 0),
    ...(comparison.log ? ['--log'] : []), ...flag('baseline', comparison.baseline, null), ...flag('target', comparison.target, null), ...comparison.hidden.flatMap((name) => ['--hide', quote(name)]), ...(comparison.columns.length > 0 ? ['--columns', quote(comparison.columns.join(','))] : []),
  ];
  return ['vsgd-lab', 'compare', ...what, ...looks, '--out', file].join(' ');
}
