// Settings within a group: what its runs were swept over but for seeds, which setting is the best by validation, and how groups say what they are.
import type { MetricSummary } from '../running/runs.ts';
import { compareValues, differences, groupKeys, groupRuns, keyName, writtenValue, type Choice, type ComparedRun, type RunGroup } from './groups.ts';
import { statisticOf } from './statistics.ts';

/** What a group of several settings is: its best one by validation, all of them at once, or a group for each. */
export const settingModes = ['best', 'all', 'each'] as const;
export type SettingMode = (typeof settingModes)[number];

/** Keys that change no step of the training, and seeds, which are what settings are averaged over. */
const noSetting = /^wandb\.|(^|[._])seed$|(experiment_name|_freq|resume_id|test_batch_size|keep_every|best_metric|autosave|loader_workers|engine_threads|train\.device|start_iter)$/;
const datasetKey = 'dataset.name';

/** Whether a configuration key is a setting of the training, whose values compete. */
export const isSetting = (key: string): boolean => !noSetting.test(key);

/** Settings that tell runs apart, each with its value of every run. A key that tells no more runs apart than those before it, as one that is made of another one, is none of them; those of the optimizer come first. */
export function mixedSettings(runs: ComparedRun[]): { key: string; name: string; values: string[] }[] {
  const place = ({ key }: { key: string }): number => (key.endsWith('_target_') ? 0 : key.startsWith('train.optimizer.') ? 1 : 2);
  const keys = differences(runs).filter(({ key }) => isSetting(key)).sort((a, b) => place(a) - place(b));
  let apart = runs.map(() => '');
  return keys.flatMap(({ key }) => {
    const values = runs.map((run) => writtenValue(run, key));
    const further = values.map((value, index) => `${apart[index]}\n${value}`);
    if (new Set(further).size === new Set(apart).size) return [];
    apart = further;
    return [{ key, name: keyName(key), values }];
  });
}

export type Setting<R extends ComparedRun = ComparedRun> = { name: string; runs: R[] };

/** Runs by their setting, in the order of its values; one without a name where all have the same. */
export function settingsOf<R extends ComparedRun>(runs: R[]): Setting<R>[] {
  const mixed = mixedSettings(runs);
  const nameOf = (index: number): string => mixed.flatMap(({ name, values }) => (values[index] === 'none' ? [] : [name === 'optimizer' ? values[index] : `${name} ${values[index]}`])).join(', ');
  const found = [...Map.groupBy(runs.map((run, index) => ({ run, index })), ({ index }) => mixed.map(({ values }) => values[index]).join('\n'))];
  return found.sort(([a], [b]) => compareLines(a.split('\n'), b.split('\n'))).map(([, members]) => ({ name: nameOf(members[0]?.index ?? 0), runs: members.map(({ run }) => run) }));
}

function compareLines(a: string[], b: string[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at < 0 ? 0 : compareValues(a[at] as string, b[at] as string);
}

/** By what settings are chosen: the first of these that the runs have. Validation comes first, as the test split is for the report. */
const selectionMetrics = ['val/accuracy', 'val/loss', 'test/accuracy', 'test/loss', 'train/loss'];
const risesToBest = (metric: string): boolean => metric.endsWith('accuracy');

/** A loss that is no number at the end: the training diverged. */
export const isDiverged = ({ metrics }: Pick<ComparedRun, 'metrics'>): boolean => ['train/loss', 'val/loss'].some((key) => metrics[key] !== undefined && typeof metrics[key].last !== 'number');

/** The best value of a run by the metric; the worst there is of a run that diverged, and null of one that is not there to judge. */
function scoreOf(run: ComparedRun, metric: string): number | null {
  if (isDiverged(run)) return risesToBest(metric) ? 0 : Infinity;
  const summary: MetricSummary | undefined = run.metrics[metric];
  return (risesToBest(metric) ? summary?.max : summary?.min) ?? null;
}

/** The mean over the runs of a setting that can be judged: finished ones and those that diverged, or all while none of the group is finished. */
function meanScore({ runs }: Setting, metric: string, finished: boolean): number | null {
  const scores = runs.filter((run) => !finished || run.state === undefined || run.state === 'finished' || isDiverged(run)).map((run) => scoreOf(run, metric)).filter((score) => score !== null);
  return scores.length === 0 ? null : scores.includes(Infinity) ? Infinity : statisticOf(scores).mean;
}

/** The best of several settings; null where no metric tells, and where there is only one setting. */
export function bestSetting<R extends ComparedRun>(runs: R[]): (Choice & { runs: R[] }) | null {
  const settings = settingsOf(runs);
  if (settings.length < 2) return null;
  const by = selectionMetrics.find((metric) => runs.some((run) => run.metrics[metric] && !isDiverged(run)));
  if (by === undefined) return null;
  const finished = runs.some((run) => run.state === 'finished' && scoreOf(run, by) !== null && !isDiverged(run));
  const judged = settings.flatMap((setting) => { const score = meanScore(setting, by, finished); return score === null ? [] : [{ setting, score: risesToBest(by) ? score : -score }]; });
  const best = judged.reduce<(typeof judged)[number] | null>((found, one) => (found === null || one.score > found.score ? one : found), null);
  return best === null ? null : { setting: best.setting.name, of: settings.length, by, runs: best.setting.runs };
}

/** A group for each setting, in the colors of the groups that they are of. */
function eachSetting<R extends ComparedRun>(groups: RunGroup<R>[]): RunGroup<R>[] {
  const used = new Map<string, number>();
  return groups.flatMap((group) => settingsOf(group.runs).map(({ name, runs }) => {
    const variant = used.get(group.color) ?? 0;
    used.set(group.color, variant + 1);
    return { ...group, name: name === '' ? group.name : `${group.name}, ${name}`, variant, runs };
  }));
}

type Arrangement = { by: string; settings: SettingMode; finishedOnly: boolean; kind: 'curves' | 'bars' | 'parallel' };

/** The keys of groups: settings of different data sets do not compete, so that each data set has groups of its own. */
function keysOf(runs: ComparedRun[], { by, settings }: Arrangement): string[] {
  const keys = groupKeys(by);
  if (settings === 'all' || keys[0] === 'run') return keys;
  const mixesData = new Set(runs.map((run) => writtenValue(run, datasetKey))).size > 1 && !keys.some((key) => key.startsWith('dataset.'));
  return mixesData ? [...keys, datasetKey] : keys;
}

/** The groups of a comparison: of every group of several settings the best one, or all, or a group for each. Parallel coordinates are of all. */
export function arrangeGroups<R extends ComparedRun>(runs: R[], arrangement: Arrangement): RunGroup<R>[] {
  const { settings, finishedOnly, kind } = arrangement;
  const taken = finishedOnly ? runs.filter(({ state }) => state === undefined || state === 'finished') : runs;
  const mode = kind === 'parallel' ? 'all' : settings;
  const keys = keysOf(taken, { ...arrangement, settings: mode });
  const groups = groupRuns(taken, keys.join(','));
  if (mode === 'each') return eachSetting(groups);
  return mode === 'best' ? groups.map((group) => { const best = bestSetting(group.runs); return best === null ? group : { ...group, runs: best.runs, choice: { setting: best.setting, of: best.of, by: best.by } }; }) : groups;
}

/** The name of a group with the setting that was chosen for it. */
export const settledName = ({ name, choice }: Pick<RunGroup, 'name' | 'choice'>): string => (choice ? `${name} at ${choice.setting}` : name);

/** A metric in words: validation accuracy. */
const metricWords = (metric: string): string => metric.replace('val/', 'validation ').replace('test/', 'test ').replace('train/', 'training ');

function countWords(runs: ComparedRun[]): string {
  const seeds = new Set(runs.map(({ seed }) => seed)).size;
  const open = runs.filter(({ state }) => state !== undefined && state !== 'finished').length;
  const unfinished = open === 0 ? '' : runs.length === 1 ? ' (not finished)' : ` (${open} not finished)`;
  return `${runs.length === 1 ? '1 run' : seeds === runs.length ? `${seeds} seeds` : `${runs.length} runs`}${unfinished}`;
}

/** How a setting was chosen, in words. */
export function describeChoice({ of, by }: Choice): string {
  const how = `best of ${of} settings by ${metricWords(by)}`;
  return by.startsWith('val/') ? how : `${how}, selected on ${by.startsWith('test/') ? 'test' : 'training'} (no validation)`;
}

/** What a group is, in a line: VSGD at lr 0.1 (best of 3 settings by validation accuracy), 3 seeds. */
export const describeGroup = (group: RunGroup): string => `${settledName(group)}${group.choice ? ` (${describeChoice(group.choice)})` : ''}, ${countWords(group.runs)}`;

/** Which settings groups mix, though they are averaged over; null where none does. */
export function describeMixing(groups: RunGroup[]): string | null {
  const mixing = groups.flatMap((group) => {
    const mixed = mixedSettings(group.runs);
    return mixed.length === 0 ? [] : [{ name: group.name, what: mixed.map(({ name, values }) => `${new Set(values).size} values of ${name}`).join(' and ') }];
  });
  const [first] = mixing;
  if (!first) return null;
  const advice = 'The means depend on which values were swept.';
  if (groups.length > 1 && mixing.length === groups.length && mixing.every(({ what }) => what === first.what)) return `Each group mixes ${first.what}. ${advice}`;
  return `${mixing.map(({ name, what }) => `${name} mixes ${what}`).join('; ')}. ${advice}`;
}
