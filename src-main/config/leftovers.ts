// What comes to nothing, and is said. `experiment=quickstart model=vgg`: the preset's numbers of its own model are taken out of the run,
// by overrides that are written into it. Keys that nothing reads stay as they are.
import { trainSchema, type ConfigTree, type ConfigValue } from '#contract';
import { componentPaths, findComponent, type ComponentKind } from './components.ts';
import { composeConfig, isHydras, type Composed, type ComposeOptions } from './compose.ts';
import { settleLengths } from './lengths.ts';
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
  const names = [...new Set(givenKeys(sources, path))].filter((key) => Object.hasOwn(node, key) && !own.includes(key) && !touched.some((other) => `${other}.`.startsWith(`${path}.${key}.`)));
  const [are, belong] = names.length > 1 ? ['are', 'belong'] : ['is', 'belongs'];
  return names.length === 0 ? [] : [{ keys: names.map((name) => `${path}.${name}`), warning: `${path}: ${names.join(', ')} of the experiment ${belong} to another ${words[kind]} than ${found.name} and ${are} left out.` }];
}

/** Keys of the published configurations that are taken and not read, with the value that asks for nothing. */
const unread: Record<string, ConfigValue> = { 'train.start_iter': 0, 'train.resume_id': null, 'train.scheduler.last_epoch': -1 };
const read = [...Object.values(componentPaths), 'dataset.name', 'dataset.x_dim', 'dataset.num_classes', ...Object.keys(trainSchema.shape).map((key) => `train.${key}`)].filter((path) => !(path in unread));
const within = (key: string, path: string): boolean => `${key}.`.startsWith(`${path}.`);

function uselessness(key: string): string {
  if (isHydras(key)) return `'${key}' has no effect here: runs are kept in the home folder (--home), and Hydra's own settings mean nothing.`;
  if (within(key, 'wandb')) return `'${key}' has no effect here: nothing is sent to Weights & Biases.`;
  return `'${key}' has no effect here: nothing reads it.`;
}

/** Values that nothing reads, interpolations included: set by the command line, or under `train` and `dataset` by a file. */
function useless({ config, overrides, sources }: Composed): string[] {
  const referring = JSON.stringify([overrides, sources.map(({ file }) => file.content)], (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  const groups = new Set(sources.map(({ file }) => file.path.split('/').slice(0, -1).join('/')));
  const isGroup = (key: string): boolean => key.includes('/') || key.includes('@') || groups.has(key) || key === 'experiment';
  const typed = overrides.filter((text) => !text.startsWith('~')).map(keyOf).filter((key) => !(key in unread) && (isHydras(key) || !isGroup(key)));
  const filed = ['train', 'dataset'].flatMap((parent) => (isTree(config[parent]) ? Object.keys(config[parent]).map((key) => `${parent}.${key}`) : []));
  const taken = Object.entries(unread).filter(([path, nothing]) => (getAt(config, path) ?? nothing) !== nothing).map(([path]) => path);
  const isRead = (key: string): boolean => key in unread || (key !== 'model.name' && read.some((path) => within(key, path) || within(path, key))) || referring.includes(`\${${key}`);
  return [...new Set([...[...typed, ...filed].filter((key) => !isRead(key)), ...taken])].map(uselessness);
}

/** An explicit max_iter counts for nothing beside the max_epochs of an experiment. */
function shadowed({ overrides, config }: Composed): string[] {
  const touched = overrides.map(keyOf);
  const epochs = getAt(config, 'train.max_epochs');
  const lost = touched.includes('train.max_iter') && !touched.includes('train.max_epochs') && typeof epochs === 'number';
  return lost ? [`train.max_epochs=${epochs} goes before train.max_iter; add train.max_epochs=null to train by iterations.`] : [];
}

/** Settings that change nothing. */
export const describeUseless = (composed: Composed): string[] => [...shadowed(composed), ...useless(composed)];

/**
 * Composes what one run is made of, with warnings of what comes to nothing. Its `overrides` compose to the same configuration everywhere,
 * Hydra included.
 * @throws LabError as composeConfig
 */
export function composeRun(options: ComposeOptions): Composed & { warnings: string[] } {
  const composed = composeConfig(options);
  const left = kinds.flatMap((kind) => leftoversOf(kind, composed));
  const deletions = left.flatMap(({ keys }) => keys.map((key) => `~${key}`));
  const whole = left.length === 0 ? composed : composeConfig({ ...options, overrides: [...options.overrides, ...deletions] });
  const { settled, warnings } = settleLengths(whole, options);
  return { ...settled, warnings: [...composed.warnings, ...left.map(({ warning }) => warning), ...describeUseless(composed), ...warnings] };
}
