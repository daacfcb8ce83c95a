// The functions of the override grammar: sweeps, their order, and casts.
import { LabError } from '#contract';
import type { Literal, Sweep, Value } from './literal.ts';

export type Argument = { name: string | null; value: Value };

export const functionNames = ['bool', 'choice', 'float', 'glob', 'int', 'interval', 'range', 'shuffle', 'sort', 'str', 'tag'];

const refuse = (text: string, why: string) => new LabError('CONFIG_SYNTAX', `Cannot evaluate '${text}': ${why}.`);

const literalOf = (text: string, { value }: Argument): Literal => {
  if ('sweep' in value) throw refuse(text, 'a sweep is not allowed here');
  return value.literal;
};

function numberOf(text: string, argument: Argument): { value: number; isFloat: boolean } {
  const literal = literalOf(text, argument);
  if (literal.kind !== 'int' && literal.kind !== 'float') throw refuse(text, 'it takes numbers');
  return { value: literal.value, isFloat: literal.kind === 'float' };
}

function flagOf(args: Argument[], name: string): boolean {
  const found = args.find((argument) => argument.name === name);
  return found !== undefined && 'literal' in found.value && found.value.literal.kind === 'bool' && found.value.literal.value;
}

const positional = (args: Argument[]) => args.filter(({ name }) => name === null);

/** The arguments in the order of `names`, given by place or by name. */
function bind(args: Argument[], names: string[], text: string): (Argument | undefined)[] {
  const unknown = args.find(({ name }) => name !== null && !names.includes(name));
  if (unknown) throw refuse(text, `there is no argument '${unknown.name}'; it takes ${names.join(', ')}`);
  if (positional(args).length > names.length) throw refuse(text, `it takes at most ${names.length} arguments`);
  return names.map((name, index) => args.find((argument) => argument.name === name) ?? positional(args)[index]);
}

function rangeItems(args: Argument[], text: string): Literal[] {
  const [first, second, third] = bind(args, ['start', 'stop', 'step'], text);
  if (first === undefined) throw refuse(text, "the argument 'start' is missing: range(stop) or range(start,stop,step)");
  const numbers = [first, second, third].map((argument) => argument && numberOf(text, argument));
  const isFloat = numbers.some((number) => number?.isFloat);
  const [start, stop] = second === undefined ? [0, numbers[0]?.value ?? 0] : [numbers[0]?.value ?? 0, numbers[1]?.value ?? 0];
  const step = numbers[2]?.value ?? 1;
  if (step === 0) throw refuse(text, 'the step is 0');
  const items: Literal[] = [];
  for (let index = 0; ; index += 1) {
    // A float range is summed in decimal steps, so that 3 · 3.3 reads 9.9.
    const value = isFloat ? Number((start + index * step).toPrecision(15)) : start + index * step;
    if (step > 0 ? value >= stop : value <= stop) return items;
    if (items.length >= 100_000) throw refuse(text, 'it makes more than 100,000 values');
    items.push({ kind: isFloat ? 'float' : 'int', value });
  }
}

function compareLiterals(a: Literal, b: Literal): number {
  const [x, y] = [a, b].map((literal) => ('value' in literal ? literal.value : null));
  if (typeof x === 'number' && typeof y === 'number') return x - y;
  return String(x).localeCompare(String(y));
}

/** sort and shuffle take a sweep or a list of values, or a list. */
function reorder(args: Argument[], text: string, how: (items: Literal[]) => Literal[]): Value {
  const values = positional(args);
  const only = values[0]?.value;
  if (only === undefined) throw refuse(text, 'it takes at least one value');
  if (values.length === 1 && 'sweep' in only) {
    if (!('items' in only.sweep)) throw refuse(text, 'this sweep has no list of values');
    return { sweep: { ...only.sweep, items: how(only.sweep.items) } };
  }
  if (values.length === 1 && 'literal' in only && only.literal.kind === 'list') return { literal: { kind: 'list', items: how(only.literal.items) } };
  return { sweep: { kind: 'simple', items: how(values.map((argument) => literalOf(text, argument))), tags: [] } };
}

function texts(argument: Argument | undefined, text: string): string[] {
  if (argument === undefined) return [];
  const literal = literalOf(text, argument);
  const items = literal.kind === 'list' ? literal.items : [literal];
  return items.map((item) => ('value' in item ? String(item.value) : 'null'));
}

function tag(args: Argument[], text: string): Value {
  const values = positional(args);
  const last = values.at(-1)?.value;
  if (last === undefined || !('sweep' in last)) throw refuse(text, 'its last argument must be a sweep');
  return { sweep: { ...last.sweep, tags: values.slice(0, -1).flatMap((argument) => texts(argument, text)) } };
}

function castNumber(name: 'int' | 'float', literal: Literal, text: string): Literal {
  const value = 'value' in literal ? Number(literal.value) : NaN;
  if (Number.isNaN(value) && !(literal.kind === 'float')) throw refuse(text, 'this is not a number');
  return { kind: name, value: name === 'int' ? Math.trunc(value) : value };
}

function castOne(name: string, literal: Literal, text: string): Literal {
  if (literal.kind === 'list') return { kind: 'list', items: literal.items.map((item) => castOne(name, item, text)) };
  if (literal.kind === 'dict') return { kind: 'dict', entries: literal.entries.map(([key, value]) => [key, castOne(name, value, text)]) };
  if (name === 'int' || name === 'float') return castNumber(name, literal, text);
  if (name === 'str') return { kind: 'string', value: 'value' in literal ? String(literal.value) : 'null' };
  if (literal.kind === 'bool') return literal;
  if (literal.kind === 'int' || literal.kind === 'float') return { kind: 'bool', value: literal.value !== 0 };
  if (literal.kind === 'string' && /^(true|false)$/i.test(literal.value)) return { kind: 'bool', value: literal.value.toLowerCase() === 'true' };
  throw refuse(text, 'this is not a truth value');
}

function cast(name: string, args: Argument[], text: string): Value {
  const [only] = args;
  if (only === undefined || args.length > 1) {
    return { sweep: { kind: 'simple', items: args.map((argument) => castOne(name, literalOf(text, argument), text)), tags: [] } };
  }
  if ('literal' in only.value) return { literal: castOne(name, only.value.literal, text) };
  const { sweep } = only.value;
  if (!('items' in sweep)) throw refuse(text, 'this sweep has no list of values');
  return { sweep: { ...sweep, items: sweep.items.map((item) => castOne(name, item, text)) } };
}

function choiceItems(args: Argument[], text: string): Sweep {
  const values = positional(args);
  const only = values[0]?.value;
  if (values.length === 1 && only && 'literal' in only && only.literal.kind === 'list') return { kind: 'choice', items: only.literal.items, tags: [] };
  if (values.length === 0) throw refuse(text, 'an empty choice is not legal');
  return { kind: 'choice', items: values.map((argument) => literalOf(text, argument)), tags: [] };
}

/** Evaluates one call. @param text the call as written, for errors */
export function callFunction(name: string, args: Argument[], text: string): Value {
  switch (name) {
    case 'choice': return { sweep: choiceItems(args, text) };
    case 'range': return { sweep: { kind: 'range', items: rangeItems(args, text), tags: [] } };
    case 'interval': {
      const [start, end] = bind(args, ['start', 'end'], text);
      if (!start || !end) throw refuse(text, 'it takes a start and an end');
      return { sweep: { kind: 'interval', start: numberOf(text, start).value, end: numberOf(text, end).value, tags: [] } };
    }
    case 'glob': {
      const [include, exclude] = bind(args, ['include', 'exclude'], text);
      if (!include) throw refuse(text, 'it takes a pattern');
      return { sweep: { kind: 'glob', include: texts(include, text), exclude: texts(exclude, text), tags: [] } };
    }
    case 'sort': return reorder(args, text, (items) => (flagOf(args, 'reverse') ? items.toSorted(compareLiterals).reverse() : items.toSorted(compareLiterals)));
    case 'shuffle': {
      const value = reorder(args, text, (items) => items);
      return 'sweep' in value && 'items' in value.sweep ? { sweep: { ...value.sweep, shuffle: true } } : value;
    }
    case 'tag': return tag(args, text);
    default: return cast(name, args, text);
  }
}
