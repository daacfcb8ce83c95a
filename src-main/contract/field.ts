// How a configurable value is declared: type, default, range, unit and description in one place.
// The form, `--help` and the documentation derive from these declarations.
import { z } from 'zod';

type FieldInfo = {
  description: string;
  /** Unit in which the number is counted, for instance 'iterations'. */
  unit?: string;
  /** Folded away in the form. */
  advanced?: boolean;
};

type NumberField = FieldInfo & { default: number; min?: number; max?: number; above?: number; below?: number };

function bounded(schema: z.ZodNumber, field: NumberField): z.ZodNumber {
  let result = schema;
  if (field.min !== undefined) result = result.min(field.min);
  if (field.max !== undefined) result = result.max(field.max);
  if (field.above !== undefined) result = result.gt(field.above);
  if (field.below !== undefined) result = result.lt(field.below);
  return result;
}

/** A float with default and range (`min`/`max` inclusive, `above`/`below` exclusive). */
export const float = (field: NumberField) => bounded(z.number(), field).default(field.default).meta(field);

/** A whole number with default and range. */
export const integer = (field: NumberField) => bounded(z.int(), field).default(field.default).meta(field);

/** A switch. */
export const flag = (field: FieldInfo & { default: boolean }) => z.boolean().default(field.default).meta(field);

/** One of a list of names. */
export const choice = <const T extends readonly [string, ...string[]]>(
  options: T,
  field: FieldInfo & { default: T[number] },
) => z.enum(options).default(field.default as never).meta(field);

/** Text: free, or of a `pattern`, of which `options` says in words what it takes. */
export const text = ({ pattern, options, ...field }: FieldInfo & { default: string; pattern?: RegExp; options?: string }) => {
  const schema = pattern ? z.string().regex(pattern, { error: `must be ${options}` }) : z.string();
  return schema.default(field.default).meta(field);
};

/** A value that may be absent (null). */
export const nullable = <T extends z.ZodType>(schema: T, field: FieldInfo) => schema.nullable().default(null as never).meta(field);
