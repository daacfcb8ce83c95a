// A configuration written as overrides of the built-in tree, whatever files it was composed from.
import type { ConfigTree, ConfigValue } from '#contract';
import { componentPaths, type ComponentKind } from './components.ts';
import { configHash, createSearch, type Composed } from './compose.ts';
import { quoteValue } from './grammar/literal.ts';
import { escapeInterpolations } from './interpolation/parse.ts';
import { diffTrees, type Difference } from './leaves.ts';
import { composeRun } from './leftovers.ts';
import { getAt, isTree } from './merge.ts';

const groups: Record<ComponentKind, string> = { dataset: 'dataset', model: 'model', optimizer: 'train/optimizer', scheduler: 'train/scheduler' };

function tryCompose(overrides: string[]): Composed | null {
  try {
    return composeRun({ overrides });
  } catch {
    return null;
  }
}

/** Those of the overrides that the built-in tree takes. */
const applicable = (overrides: string[]): string[] => overrides.reduce<string[]>((kept, override) => (tryCompose([...kept, override]) ? [...kept, override] : kept), []);

/** The option of each group whose values are nearest to those of the configuration. */
function nearestOptions(config: ConfigTree): string[] {
  const search = createSearch({});
  return (Object.keys(groups) as ComponentKind[]).flatMap((kind) => {
    const [group, path] = [groups[kind], componentPaths[kind]];
    const target = (composed: ConfigTree): ConfigValue | undefined => getAt(composed, `${path}._target_`);
    const wanted = target(config);
    if (wanted === undefined) return kind === 'scheduler' ? [`${group}=null`] : [];
    const near = search.options(group).flatMap((option) => {
      const composed = tryCompose([`${group}=${option}`]);
      return composed && target(composed.config) === wanted ? [{ option, distance: diffTrees(composed.config, config).filter(({ key }) => key.startsWith(path.split('.')[0] as string)).length }] : [];
    });
    const nearest = near.sort((a, b) => a.distance - b.distance)[0];
    return nearest ? [`${group}=${nearest.option}`] : [];
  });
}

/** What is to be deleted for a key that the configuration lacks: the largest branch that it lacks. */
function branchWithout(config: ConfigTree, key: string): string {
  const parts = key.split('.');
  const depth = parts.findIndex((_, index) => getAt(config, parts.slice(0, index + 1).join('.')) === undefined);
  return parts.slice(0, depth + 1).join('.');
}

/** Resolved text holds no interpolation, whatever it looks like. */
const escaped = (value: ConfigValue): ConfigValue => {
  if (typeof value === 'string') return escapeInterpolations(value);
  if (Array.isArray(value)) return value.map(escaped);
  return isTree(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, escaped(item)])) : value;
};

const overrideOf = (config: ConfigTree, { key, before, after }: Difference): string => (after === undefined ? `~${branchWithout(config, key)}` : `${before === undefined ? '++' : ''}${key}=${quoteValue(escaped(after))}`);

/** Adds to a base what it lacks; null where a value cannot be written as an override. Interpolated values follow the others before they are set. */
function complete(base: string[], config: ConfigTree): string[] | null {
  const wanted = configHash(config);
  let overrides = base;
  for (let pass = 0; pass < 4; pass += 1) {
    const composed = tryCompose(overrides);
    if (composed === null) return null;
    if (configHash(composed.config) === wanted) return composed.overrides;
    const differences = diffTrees(composed.config, config).filter(({ key }) => pass > 0 || !(key in composed.references));
    overrides = [...new Set([...composed.overrides, ...differences.map((one) => overrideOf(config, one))])];
  }
  return null;
}

/** Overrides that compose to this very configuration without any folder of one's own: as they were typed where that is enough, else the shortest list. Null where there is none. */
export function expressConfig(config: ConfigTree, typed: string[]): string[] | null {
  const asTyped = tryCompose(typed);
  if (asTyped && configHash(asTyped.config) === configHash(config)) return typed;
  const lists = [applicable(typed), nearestOptions(config)].map((base) => complete(base, config)).filter((list) => list !== null);
  return lists.sort((a, b) => a.length - b.length)[0] ?? null;
}
