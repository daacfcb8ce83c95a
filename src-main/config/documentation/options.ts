// Tables of every option, derived from the schemas and our configuration tree: for `--help` and docs/configuration.md.
import type { z } from 'zod';
import { trainSchema, type ConfigTree, type ConfigValue } from '#contract';
import { componentPaths, components, type ComponentKind } from '../components.ts';
import { builtinTree, ConfigSearch } from '../tree.ts';
import { plainTree } from '../values.ts';

/** `default` is what our tree gives, else the schema; `unset` the schema's where that differs: for trees that leave the key out. */
export type OptionRow = { key: string; default: string; unset: string; range: string; unit: string; description: string };
export type OptionTable = { title: string; path: string; rows: OptionRow[] };

type Meta = { description?: string; unit?: string; min?: number; max?: number; above?: number; below?: number };

function rangeOf(meta: Meta, schema: z.ZodType): string {
  const inner = (schema as unknown as { def: { innerType?: { options?: readonly string[] } } }).def.innerType;
  if (inner?.options) return inner.options.join(', ');
  const low = meta.min !== undefined ? `≥ ${meta.min}` : meta.above !== undefined ? `> ${meta.above}` : '';
  const high = meta.max !== undefined ? `≤ ${meta.max}` : meta.below !== undefined ? `< ${meta.below}` : '';
  return [low, high].filter((text) => text !== '').join(', ');
}

/** A value as one writes it; a reference to another key is its own name. */
const written = (value: ConfigValue | undefined): string => (typeof value === 'string' && value.startsWith('${') ? value : JSON.stringify(value) ?? '');

function rowsOf(schema: z.ZodObject, file: ConfigTree): OptionRow[] {
  const defaults = schema.parse({}) as ConfigTree;
  return Object.entries(schema.shape).map(([key, field]) => {
    const meta = ((field as z.ZodType).meta() ?? {}) as Meta;
    const unset = written(defaults[key]);
    const given = key in file ? written(file[key]) : unset;
    return { key, default: given, unset: given === unset ? '' : unset, range: rangeOf(meta, field as z.ZodType), unit: meta.unit ?? '', description: meta.description ?? '' };
  });
}

const kinds: [ComponentKind, string, string][] = [['dataset', 'Data set', 'dataset'], ['model', 'Model', 'model'], ['optimizer', 'Optimizer', 'train/optimizer'], ['scheduler', 'Schedule', 'train/scheduler']];

/** What our file of a component says; of several, the first that builds on no other. */
function fileOf(search: ConfigSearch, group: string, target: string): ConfigTree {
  const contents = search.options(group).map((name) => plainTree(search.load(`${group}/${name}`, null).content)).map((content) => (content.data_module ?? content) as ConfigTree);
  return contents.find(({ _target_ }) => _target_ === target) ?? {};
}

/** A table per component, and one for the training programme. */
export function describeComponents(): OptionTable[] {
  const search = new ConfigSearch([builtinTree]);
  const tables = kinds.flatMap(([kind, title, group]) =>
    Object.values(components[kind]).map(({ label, target, schema }) => ({ title: `${title}: ${label} (\`${target}\`)`, path: componentPaths[kind], rows: rowsOf(schema, fileOf(search, group, target)) })));
  return [{ title: 'Training', path: 'train', rows: rowsOf(trainSchema, plainTree(search.load('train/defaults', null).content)) }, ...tables];
}

/** What can be chosen, for a terminal: an option of every group. */
export function choicesHelp(): string {
  const search = new ConfigSearch([builtinTree]);
  const groups = ['experiment', ...kinds.map(([, , group]) => group)];
  const width = Math.max(...groups.map(({ length }) => length));
  return `What can be chosen, as group=option\n${groups.map((group) => `  ${group.padEnd(width)}  ${search.options(group).join(', ')}`).join('\n')}`;
}

/** The tables for a terminal. */
export function configurationHelp(): string {
  return describeComponents().map(({ title, path, rows }) => {
    const width = Math.max(...rows.map(({ key }) => key.length));
    return `${title.replaceAll('`', '')}\n${rows.map((row) => `  ${path}.${row.key.padEnd(width)}  ${row.description} [${row.default}${row.range ? `; ${row.range}` : ''}${row.unit ? `; ${row.unit}` : ''}]`).join('\n')}`;
  }).join('\n\n');
}
