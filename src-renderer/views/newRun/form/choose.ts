// Choosing an option of a group: another model has other settings, and an experiment's settings of its own model do not follow it.
import { getOverride, isDeletion, keyOf, setOverride, splitValues } from '../overrides.ts';
import { optionsOf, presetOf, type Form, type Section } from './fields.ts';

type Place = Pick<Section, 'group' | 'path'>;

const last = (key: string): string => key.split('.').at(-1) as string;
const below = (path: string, key: string): boolean => key.startsWith(`${path}.`);

const componentsOf = (form: Form, { group, path }: Place, options: string[]) => {
  const names = optionsOf(form, group).filter(({ name }) => options.includes(name)).map(({ component }) => component);
  return form.components.filter((component) => component.path === path && names.includes(component.name));
};

const keysOf = (form: Form, place: Place, options: string[]): Set<string> => new Set(componentsOf(form, place, options).flatMap(({ fields }) => fields.map(({ key }) => key)));

/**
 * Keys that what is chosen has in common with the experiment's own option, as the depth of two models, with a value that was meant for that one.
 * Keys it does not know at all are left out of the run by themselves; a batch size is a batch size for every data set.
 */
export function meantForAnother(form: Form, overrides: string[], place: Place): string[] {
  const { group, path } = place;
  const preset = presetOf(form, overrides);
  const options = splitValues(getOverride(overrides, group) ?? '');
  if (group === 'dataset' || preset === null || options.length === 0) return [];
  const own = componentsOf(form, place, [preset.options[group] ?? '']);
  if (componentsOf(form, place, options).every((component) => own.includes(component))) return [];
  const known = keysOf(form, place, options);
  return preset.keys.filter((key) => below(path, key) && known.has(last(key)));
}

/** Generated pictures are made as large as the chosen models need. */
function fitShapes(form: Form, overrides: string[]): string[] {
  const chosen = (group: string) => splitValues(getOverride(overrides, group) ?? presetOf(form, overrides)?.options[group] ?? '');
  const [shapes, ...others] = optionsOf(form, 'dataset').filter(({ name }) => chosen('dataset').includes(name));
  if (shapes?.component !== 'shapes' || others.length > 0) return overrides;
  const least = Math.max(...componentsOf(form, { group: 'model', path: 'model' }, chosen('model')).map(({ leastSize }) => leastSize));
  const size = Number(getOverride(overrides, 'dataset.x_dim') ?? shapes.size);
  return size < least ? setOverride(overrides, 'dataset.x_dim', String(least)) : overrides;
}

const [optimizerPath, ownPath] = ['train.optimizer', 'sweep'];

/** Settings of single optimizers after another choice: those of the optimizers that are left, and of what all had, what only some of them have. One optimizer alone has no settings of its own. */
function ownSettings(form: Form, overrides: string[], { place, options }: { place: Place; options: string[] }): string[] {
  const has = (option: string, key: string): boolean => keysOf(form, place, [option]).has(key);
  return overrides.flatMap((override) => {
    const key = keyOf(override);
    const value = override.slice(override.indexOf('='));
    const [head, option = '', ...rest] = key.split('.');
    if (head === ownPath && rest.length > 0) return !options.includes(option) ? [] : options.length > 1 ? [override] : [`${optimizerPath}.${rest.join('.')}${value}`];
    if (options.length < 2 || !below(optimizerPath, key) || isDeletion(override)) return [override];
    const name = key.slice(optimizerPath.length + 1);
    const owners = options.filter((one) => has(one, name));
    return owners.length === options.length ? [override] : owners.map((owner) => `${ownPath}.${owner}.${name}${value}`);
  });
}

/** Takes out what was set for the options before, and what the experiment meant for another. None: back to the experiment's. */
export function chooseOptions(form: Form, overrides: string[], { options, ...place }: Place & { options: string[] }): string[] {
  const { group, path } = place;
  const known = keysOf(form, place, options.length > 0 ? options : [presetOf(form, overrides)?.options[group] ?? '']);
  const fits = (override: string): boolean => !below(path, keyOf(override)) || (!isDeletion(override) && (known.size === 0 || known.has(last(keyOf(override)))));
  const fitting = setOverride(overrides, group, options.join(',') || null).filter(fits);
  const chosen = group === 'train/optimizer' ? ownSettings(form, fitting, { place, options }) : fitting;
  return fitShapes(form, [...chosen, ...meantForAnother(form, chosen, place).filter((key) => getOverride(chosen, key) === null).map((key) => `~${key}`)]);
}

/** Takes a field's value back: to the experiment's, where that was meant for what is chosen. */
export function resetField(form: Form, overrides: string[], { key, ...place }: Place & { key: string }): string[] {
  const without = setOverride(overrides, key, null);
  return meantForAnother(form, without, place).includes(key) ? [...without, `~${key}`] : without;
}
