// The configuration as a form needs it: groups with options, and every component's fields with type, range and unit.
import { z } from 'zod';
import { trainSchema, type ConfigTree, type ConfigValue } from '#contract';
import { componentPaths, components, type ComponentKind } from './components.ts';
import { composeConfig } from './compose.ts';
import { getAt, isTree } from './merge.ts';
import { builtinTree, ConfigSearch, type ConfigFile } from './tree.ts';

/** One field. `type` says how to ask for it; `schema` is its JSON Schema, for what has no simple type. */
export type FormField = {
  key: string;
  path: string;
  type: 'float' | 'integer' | 'flag' | 'choice' | 'text' | 'other';
  nullable: boolean;
  default: ConfigValue;
  options: string[] | null;
  min: number | null;
  max: number | null;
  /** Bounds that are not reached themselves. */
  above: number | null;
  below: number | null;
  unit: string | null;
  description: string;
  advanced: boolean;
  schema: Record<string, unknown>;
};
export type FormComponent = { kind: ComponentKind; name: string; label: string; target: string; path: string; fields: FormField[]; /** Of a model: the smallest pictures it takes. */ leastSize: number };
/** What an experiment gives: keys below the components it chooses, and which options those are. */
export type FormPreset = { keys: string[]; options: Record<string, string | null> };
/** `size`: of a data set's pictures, in pixels. */
export type FormOption = { name: string; target: string | null; component: string | null; size: number | null; preset: FormPreset | null };
export type FormGroup = { group: string; options: FormOption[] };
export type FormDescription = { groups: FormGroup[]; components: FormComponent[]; train: FormField[]; defaults: ConfigTree };

type Meta = { description?: string; unit?: string; advanced?: boolean; min?: number; max?: number; above?: number; below?: number };
type JsonSchema = { type?: string; enum?: string[]; anyOf?: JsonSchema[]; minimum?: number; maximum?: number; [key: string]: unknown };

function typeOf({ type, enum: options }: JsonSchema): FormField['type'] {
  if (options) return 'choice';
  const types: Record<string, FormField['type']> = { number: 'float', integer: 'integer', boolean: 'flag', string: 'text' };
  return types[type ?? ''] ?? 'other';
}

function fieldOf(key: string, path: string, { field, value }: { field: z.ZodType; value: ConfigValue }): FormField {
  const meta = (field.meta() ?? {}) as Meta;
  const schema = z.toJSONSchema(field, { io: 'input' }) as JsonSchema;
  delete schema.$schema;
  const variants = schema.anyOf ?? [schema];
  const inner = variants.find(({ type }) => type !== 'null') ?? schema;
  const lowest = meta.min ?? (meta.above === undefined && inner.minimum !== undefined && inner.minimum > Number.MIN_SAFE_INTEGER ? inner.minimum : null);
  return {
    key, path: `${path}.${key}`, type: typeOf(inner), nullable: variants.some(({ type }) => type === 'null'), default: value, options: inner.enum ?? null,
    min: lowest, max: meta.max ?? null, above: meta.above ?? null, below: meta.below ?? null, unit: meta.unit ?? null, description: meta.description ?? '', advanced: meta.advanced ?? false, schema,
  };
}

function fieldsOf(schema: z.ZodObject, path: string): FormField[] {
  const defaults = schema.parse({}) as ConfigTree;
  return Object.entries(schema.shape).map(([key, field]) => fieldOf(key, path, { field: field as z.ZodType, value: defaults[key] ?? null }));
}

/** Where an option's `_target_` may stand: at its own top, in data_module, or in the option of its group that it builds on. */
export function targetOf(search: ConfigSearch, { path, content, defaults }: ConfigFile): string | null {
  const inner = (content.data_module ?? content) as ConfigTree;
  if (typeof inner._target_ === 'string') return inner._target_;
  const base = defaults.find((entry) => entry.kind === 'option' && entry.group === '');
  return base?.kind === 'option' ? targetOf(search, search.load(`${path.split('/').slice(0, -1).join('/')}/${base.option}`, null)) : null;
}

function componentOf(target: string | null): string | null {
  const all = Object.values(components).flatMap((kind) => Object.entries(kind));
  return all.find(([, component]) => component.target === target || component.aliases.includes(target ?? ''))?.[0] ?? null;
}

function presetOf({ path, content, defaults }: ConfigFile): FormPreset | null {
  if (!path.startsWith('experiment/')) return null;
  const keys = Object.values(componentPaths).flatMap((place) => {
    const given = getAt(content, place);
    return isTree(given) ? Object.keys(given).map((key) => `${place}.${key}`) : [];
  });
  return { keys, options: Object.fromEntries(defaults.flatMap((entry) => (entry.kind === 'option' && entry.override && !Array.isArray(entry.option) ? [[entry.group.replace(/^\//, ''), entry.option]] : []))) };
}

/** Everything that a form for a new run needs. */
export function describeForm(): FormDescription {
  const search = new ConfigSearch([builtinTree]);
  const groups = search.groups().map((group) => ({
    group,
    options: search.options(group).map((name) => {
      const file = search.load(`${group}/${name}`, null);
      const target = targetOf(search, file);
      return { name, target, component: componentOf(target), size: typeof file.content.x_dim === 'number' ? file.content.x_dim : null, preset: presetOf(file) };
    }),
  }));
  const listed = (Object.keys(components) as ComponentKind[]).flatMap((kind) => Object.entries(components[kind]).map(([name, { label, target, schema, leastSize = 1 }]) =>
    ({ kind, name, label, target, path: componentPaths[kind], fields: fieldsOf(schema, componentPaths[kind]), leastSize })));
  return { groups, components: listed, train: fieldsOf(trainSchema, 'train'), defaults: composeConfig({ overrides: [] }).config };
}
