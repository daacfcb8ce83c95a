// Tables of every option, derived from the schemas: for `--help` and docs/configuration.md.
import type { z } from 'zod';
import { trainSchema } from '#contract';
import { componentPaths, components, type ComponentKind } from './components.ts';

export type OptionRow = { key: string; default: string; range: string; unit: string; description: string };
export type OptionTable = { title: string; path: string; rows: OptionRow[] };

type Meta = { description?: string; unit?: string; min?: number; max?: number; above?: number; below?: number };

function rangeOf(meta: Meta, schema: z.ZodType): string {
  const inner = (schema as unknown as { def: { innerType?: { options?: readonly string[] } } }).def.innerType;
  if (inner?.options) return inner.options.join(', ');
  const low = meta.min !== undefined ? `≥ ${meta.min}` : meta.above !== undefined ? `> ${meta.above}` : '';
  const high = meta.max !== undefined ? `≤ ${meta.max}` : meta.below !== undefined ? `< ${meta.below}` : '';
  return [low, high].filter((text) => text !== '').join(', ');
}

function rowsOf(schema: z.ZodObject): OptionRow[] {
  const defaults = schema.parse({}) as Record<string, unknown>;
  return Object.entries(schema.shape).map(([key, field]) => {
    const meta = ((field as z.ZodType).meta() ?? {}) as Meta;
    return { key, default: JSON.stringify(defaults[key]) ?? '', range: rangeOf(meta, field as z.ZodType), unit: meta.unit ?? '', description: meta.description ?? '' };
  });
}

const kinds: [ComponentKind, string][] = [['dataset', 'Data set'], ['model', 'Model'], ['optimizer', 'Optimizer'], ['scheduler', 'Schedule']];

/** A table per component, and one for the training programme. */
export function describeComponents(): OptionTable[] {
  const tables = kinds.flatMap(([kind, title]) =>
    Object.values(components[kind]).map((component) => ({ title: `${title}: ${component.label} (\`${component.target}\`)`, path: componentPaths[kind], rows: rowsOf(component.schema) })));
  return [{ title: 'Training', path: 'train', rows: rowsOf(trainSchema) }, ...tables];
}

const cell = (text: string) => text.replaceAll('|', '\\|');

/** docs/configuration.md. */
export function configurationPage(): string {
  const head = '# Configuration\n\nMade from the schemas in `src-main/contract/components` (`node scripts/docs.ts`); a test holds it to them.\nA key without a default in the configuration tree takes the one below. Set it as `path.key=value`.\n';
  const tables = describeComponents().map(({ title, path, rows }) =>
    `\n## ${title}\n\n| \`${path}.\` | default | range | unit | |\n|---|---|---|---|---|\n${rows.map((row) => `| ${row.key} | ${cell(row.default)} | ${cell(row.range)} | ${row.unit} | ${cell(row.description)} |`).join('\n')}\n`);
  return head + tables.join('');
}

/** The same for a terminal. */
export function configurationHelp(): string {
  return describeComponents().map(({ title, path, rows }) => {
    const width = Math.max(...rows.map(({ key }) => key.length));
    return `${title.replaceAll('`', '')}\n${rows.map((row) => `  ${path}.${row.key.padEnd(width)}  ${row.description} [${row.default}${row.range ? `; ${row.range}` : ''}${row.unit ? `; ${row.unit}` : ''}]`).join('\n')}`;
  }).join('\n\n');
}
