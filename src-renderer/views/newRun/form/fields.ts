// What the form shows of a configuration: its four sections, the options that are chosen, the fields, and each section in one line.
import { ownValueAt } from '#contract';
import type { Outputs } from '../../../client/client.ts';
import { count } from '../../../elements/format.ts';
import { getOverride, splitValues } from '../overrides.ts';

export type Form = Outputs['configuration']['describe'];
export type Config = Outputs['configuration']['compose']['config'];
export type Field = Form['train'][number];
/** `path`: where the component of the group stands; `label`: what its options are. */
export type Section = { title: string; label: string; group: string; path: string; fields: Field[] };
/** What is typed, and what it composes to. */
export type Given = { overrides: string[]; config: Config };

export const valueAt = (config: Config, path: string): unknown => ownValueAt(config, path);
/** Path of the field that names an image folder. */
export const folderPath = 'dataset.data_module.folder';
const asText = (value: unknown): string => (value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value));

/** The text of a field: as it is set, or as it is composed. */
export const textOf = ({ path, default: fallback }: Field, { overrides, config }: Given): string => getOverride(overrides, path) ?? asText(valueAt(config, path) ?? fallback);

export const optionsOf = (form: Form, group: string): Form['groups'][number]['options'] => form.groups.find((found) => found.group === group)?.options ?? [];
/** What the experiment gives; null without one, or with several. */
export function presetOf(form: Form, overrides: string[]): Form['groups'][number]['options'][number]['preset'] {
  const name = getOverride(overrides, 'experiment');
  return optionsOf(form, 'experiment').find((option) => option.name === name)?.preset ?? null;
}

const targetAt = (config: Config, path: string): string => String((valueAt(config, path) as { _target_?: unknown } | null | undefined)?._target_ ?? '');

/** The options of a group that are chosen, or the one that the experiment has. */
export function chosenOf(form: Form, { group, path }: Pick<Section, 'group' | 'path'>, { overrides, config }: Given): string[] {
  const own = getOverride(overrides, group);
  if (own !== null) return splitValues(own);
  const same = optionsOf(form, group).filter(({ target }) => target !== null && target === targetAt(config, path)).map(({ name }) => name);
  const given = presetOf(form, overrides)?.options[group] ?? '';
  return same.includes(given) ? [given] : same.slice(0, 1);
}

function fieldsAt(form: Form, path: string, config: Config): Field[] {
  const target = targetAt(config, path);
  const named = form.groups.flatMap(({ options }) => options).find((option) => option.target === target)?.component;
  return form.components.find((component) => component.path === path && (component.target === target || component.name === named))?.fields ?? [];
}

/** One setting of several optimizers: the field of each that has it. */
export type SharedField = { key: string; advanced: boolean; fields: Record<string, Field> };

/** The settings of several optimizers, each once, in the order of the first that has it. */
export function sharedFields(form: Form, { group, path }: Pick<Section, 'group' | 'path'>, options: string[]): SharedField[] {
  const found = new Map<string, SharedField>();
  for (const option of options) {
    const component = optionsOf(form, group).find(({ name }) => name === option)?.component;
    for (const field of form.components.find((one) => one.path === path && one.name === component)?.fields ?? []) {
      if (field.type === 'other' && !Array.isArray(field.default)) continue;
      const shared = found.get(field.key) ?? { key: field.key, advanced: field.advanced, fields: {} };
      found.set(field.key, { ...shared, fields: { ...shared.fields, [option]: field } });
    }
  }
  return [...found.values()];
}

/** The override of one optimizer's own setting. */
export const ownKey = (option: string, key: string): string => `sweep.${option}.${key}`;

/** The text of one optimizer's setting: its own, that of all, or what is composed. */
export function ownTextOf(overrides: string[], { option, field, composed }: { option: string; field: Field; composed: Record<string, unknown> | undefined }): string {
  return getOverride(overrides, ownKey(option, field.key)) ?? getOverride(overrides, field.path) ?? asText(composed?.[field.key] ?? field.default);
}

/** The name of an image folder is chosen among those that are installed; one that is set but not installed stays to be seen. */
function withFolders(fields: Field[], config: Config, folders: string[]): Field[] {
  return fields.map((field) => {
    if (field.path !== folderPath || folders.length === 0) return field;
    const set = String(valueAt(config, folderPath) ?? '');
    return { ...field, type: 'choice', options: [...(folders.includes(set) ? [] : [set]), ...folders] };
  });
}

/** The form's sections with the fields of what is chosen. `folders`: names of the installed image folders. */
export function sectionsOf(form: Form, config: Config, folders: string[] = []): Section[] {
  const shown = (fields: Field[]) => fields.filter(({ type }) => type !== 'other');
  return [
    { title: 'Data', label: 'Data set', group: 'dataset', path: 'dataset.data_module', fields: withFolders(shown(fieldsAt(form, 'dataset.data_module', config)), config, folders) },
    { title: 'Model', label: 'Model', group: 'model', path: 'model', fields: shown(fieldsAt(form, 'model', config)) },
    { title: 'Optimizer', label: 'Optimizer', group: 'train/optimizer', path: 'train.optimizer', fields: shown(fieldsAt(form, 'train.optimizer', config)) },
    { title: 'Training', label: 'Schedule', group: 'train/scheduler', path: 'train.scheduler', fields: shown([...form.train, ...fieldsAt(form, 'train.scheduler', config)]) },
  ];
}

/** Overrides in which an image folder that is asked for without a name is the first installed one. */
export function withFirstFolder(overrides: string[], folders: string[]): string[] {
  const [first] = folders;
  return first !== undefined && getOverride(overrides, 'dataset') === 'image_folder' && getOverride(overrides, folderPath) === null ? [...overrides, `${folderPath}=${first}`] : overrides;
}

/** The range of a field in words. */
export const hintOf = ({ unit, min, max, above, below }: Field): string =>
  [above !== null ? `above ${above}` : min !== null ? `at least ${min}` : '', below !== null ? `below ${below}` : max !== null ? `at most ${max}` : '', unit ?? ''].filter((part) => part !== '').join(', ');

const always = ['batch_size', 'lr', 'max_iter', 'seed'];
const numeral = (text: string): string => (/^\d{4,}$/.test(text) ? count(Number(text)) : text);

function summaryPart({ key, type, unit }: Field, text: string): string {
  const name = key.replaceAll('_', ' ');
  if (type === 'flag' && !text.includes(',')) return text === 'true' ? name : `no ${name}`;
  return key.startsWith('max_') && unit ? `${numeral(text)} ${unit}` : `${name} ${splitValues(text).map(numeral).join(', ')}`;
}

/** A section in one line: what is chosen, and what is otherwise than its default. */
export function summaryOf(form: Form, section: Section, given: Given): string {
  const chosen = chosenOf(form, section, given).join(', ');
  const epochs = section.fields.some((field) => field.key === 'max_epochs' && !['', 'null'].includes(textOf(field, given)));
  const parts = section.fields.flatMap((field) => {
    const text = textOf(field, given);
    const told = getOverride(given.overrides, field.path) !== null || (!field.advanced && text !== asText(field.default)) || always.includes(field.key);
    return told && text !== '' && text !== 'null' && !(epochs && field.key === 'max_iter') ? [summaryPart(field, text)] : [];
  });
  return [chosen || (section.title === 'Training' ? 'no schedule' : ''), ...parts].filter((part) => part !== '').join(' · ');
}

