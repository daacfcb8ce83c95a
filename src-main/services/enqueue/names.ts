// What runs are called: by model, data set, optimizer and seed, with what a sweep varies or a fork changes.
import { parseOverride } from '#config';
import { entryOf, type Experiment } from '#contract';

/** `key` is '' for the choice of a component, whose name tells what it is. */
type Setting = { group: string; key: string; value: string };
type Named = { overrides: string[]; experiment: Experiment };

const shortKeys: Record<string, string> = { weight_decay: 'wd', batch_size: 'batch' };
const longest = 32;

function settingOf(override: string): Setting {
  const { key, value, text } = parseOverride(override);
  const last = key.split(/[./]/).at(-1) as string;
  const written = value === null ? 'removed' : text.slice(text.indexOf('=') + 1).replace(/^(['"])(.*)\1$/, '$2').replaceAll(/\s+/g, ' ');
  const component = key.includes('/') || ['model', 'dataset', 'experiment'].includes(key);
  return { group: component ? key : '', key: component ? '' : (entryOf(shortKeys, last) ?? last), value: written.length > longest ? `${written.slice(0, longest)}…` : written };
}

const describe = ({ key, value }: Setting): string => (key === '' ? value : `${key} ${value}`);

/** What each list of a sweep has and not all of them. */
function varied(lists: string[][]): Setting[][] {
  const times = new Map<string, number>();
  for (const list of lists) for (const text of new Set(list)) times.set(text, (times.get(text) ?? 0) + 1);
  return lists.map((list) => list.filter((text) => (times.get(text) ?? 0) < lists.length).map(settingOf));
}

const isSeed = ({ key }: Setting): boolean => key === 'seed';
/** A name that a person gave, alone or in the configuration. */
const givenName = ({ train }: Experiment): string | null => (train.experiment_name && train.experiment_name !== 'test' ? train.experiment_name : null);

/** convmixer shapes vsgd lr 0.01 seed 1; an experiment's own name tells nothing that these words do not. */
function nameOf({ model, dataset, optimizer, train }: Experiment, settings: Setting[]): string {
  const words: string[] = [model.name, dataset.name, optimizer.name];
  const told = (setting: Setting): boolean => isSeed(setting) || setting.group === 'experiment' || (setting.key === '' && words.includes(setting.value.toLowerCase()));
  return [...words, ...settings.filter((setting) => !told(setting)).map(describe), `seed ${train.seed}`].join(' ');
}

/** Names for the runs of one command line: a name that a person gave has what differs behind it, seeds (vsgd, seed 1). `overrides`: as typed. */
export function runNames(runs: Named[], name: string | null = null): string[] {
  const settings = varied(runs.map(({ overrides }) => overrides));
  return runs.map(({ experiment }, index) => {
    const own = settings[index] as Setting[];
    const given = name ?? givenName(experiment);
    if (given === null) return nameOf(experiment, own);
    const differs = [...own.filter((setting) => !isSeed(setting)), ...own.filter(isSeed)].map(describe).join(', ');
    return differs === '' ? given : `${given} (${differs})`;
  });
}

/** watched (fork, lr 0.01) */
export const forkName = (origin: string, overrides: string[]): string => `${origin} (${['fork', ...overrides.map((override) => describe(settingOf(override)))].join(', ')})`;
