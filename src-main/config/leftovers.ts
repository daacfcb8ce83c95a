// `experiment=quickstart model=vgg`: the preset's numbers of its own model are taken out of the run, by overrides that are written into it.
import type { ConfigTree } from '#contract';
import { componentPaths, findComponent, type ComponentKind } from './components.ts';
import { composeConfig, type Composed, type ComposeOptions } from './compose.ts';
import { getAt, isTree, nest } from './merge.ts';

/** A schedule's are put aside as they always were: by parseExperiment. */
const kinds: ComponentKind[] = ['dataset', 'model', 'optimizer'];
const keyOf = (override: string): string => override.replace(/^(\+\+|\+|~)/, '').split('=')[0] as string;

/** Keys that experiment files give at a component's path. */
const givenKeys = (sources: Composed['sources'], path: string): string[] =>
  sources.filter(({ file }) => file.path.startsWith('experiment/')).flatMap(({ file, package: place }) => {
    const content = getAt(nest(place, file.content), path);
    return isTree(content) ? Object.keys(content) : [];
  });

type Leftovers = { keys: string[]; warning: string };
const words: Record<ComponentKind, string> = { dataset: 'data set', model: 'model', optimizer: 'optimizer', scheduler: 'schedule' };

/** Keys of the preset that the chosen component does not know, and that nobody has set. */
function leftoversOf(kind: ComponentKind, { config, sources, overrides }: Composed): Leftovers[] {
  const path = componentPaths[kind];
  const node: ConfigTree[string] | undefined = getAt(config, path);
  const target = isTree(node) ? node._target_ : undefined;
  const found = typeof target === 'string' ? findComponent(kind, target) : null;
  if (!isTree(node) || !found) return [];
  const own = [...Object.keys(found.component.schema.shape), '_target_', 'name', 'backbone'];
  const touched = overrides.map(keyOf);
  const names = [...new Set(givenKeys(sources, path))].filter((key) => key in node && !own.includes(key) && !touched.some((other) => `${other}.`.startsWith(`${path}.${key}.`)));
  const [are, belong] = names.length > 1 ? ['are', 'belong'] : ['is', 'belongs'];
  return names.length === 0 ? [] : [{ keys: names.map((name) => `${path}.${name}`), warning: `${path}: ${names.join(', ')} of the experiment ${belong} to another ${words[kind]} than ${found.name} and ${are} left out.` }];
}

/**
 * Composes what one run is made of. Its `overrides` compose to the same configuration everywhere, Hydra included.
 * @throws LabError as composeConfig
 */
export function composeRun(options: ComposeOptions): Composed & { warnings: string[] } {
  const composed = composeConfig(options);
  const left = kinds.flatMap((kind) => leftoversOf(kind, composed));
  if (left.length === 0) return { ...composed, warnings: [] };
  const deletions = left.flatMap(({ keys }) => keys.map((key) => `~${key}`));
  return { ...composeConfig({ ...options, overrides: [...options.overrides, ...deletions] }), warnings: left.map(({ warning }) => warning) };
}
