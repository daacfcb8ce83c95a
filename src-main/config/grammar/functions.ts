// The functions of the override grammar: sweeps, their order, and casts, with the arguments that Hydra's have.
import { LabError, permutation } from '#contract';
import { castValue, type CastName } from './casts.ts';
import { decimalRange } from './decimal.ts';
import type { Literal, Sweep, Value } from './literal.ts';

export type Argument = { name: string | null; value: Value };

export const functionNames = ['bool', 'choice', 'float', 'glob', 'int', 'interval', 'range', 'shuffle', 'sort', 'str', 'tag'];

const mostValues = 100_000;

const refuse = (text: string, why: string) => new LabError('CONFIG_SYNTAX', `Cannot evaluate '${text}': ${why}.`);

/** Arguments given by place or by name. */
type Bound = { positional: Value[]; named: Map<string, Value> };

/** @throws LabError CONFIG_SYNTAX for a name that the function does not have, twice the same, or a place after a name */
function bind(args: Argument[], names: string[], text: string): Bound {
  const positional: Value[] = [];
  const named = new Map<string, Value>();
  for (const { name, value } of args) {
    if (name === null && named.size > 0) throw refuse(text, 'an argument without a name follows one with a name');
    if (name !== null && !names.includes(name)) throw refuse(text, `there is no argument '${name}'${names.length === 0 ? '; it takes no names' : `; there are ${names.join(', ')}`}`);
    if (name !== null && named.has(name)) throw refuse(text, `the argument '${name}' is given twice`);
    if (name === null) positional.push(value);
    else named.set(name, value);
  }
  return { positional, named };
}

/** The arguments in the order of `names`, where each may be given by place or by name. */
function inOrder(args: Argument[], names: string[], text: string): (Value | undefined)[] {
  const { positional, named } = bind(args, names, text);
  if (positional.length > names.length) throw refuse(text, `it takes at most ${names.length} arguments`);
  const twice = names.slice(0, positional.length).find((name) => named.has(name));
  if (twice !== undefined) throw refuse(text, `the argument '${twice}' is given twice`);
  return names.map((name, index) => positional[index] ?? named.get(name));
}

function literalOf(text: string, value: Value): Literal {
  if ('sweep' in value) throw refuse(text, 'a sweep is not allowed here');
  return value.literal;
}

function numberOf(text: string, value: Value): { value: number; isFloat: boolean } {
  const literal = literalOf(text, value);
  if (literal.kind !== 'int' && literal.kind !== 'float') throw refuse(text, 'it takes numbers');
  const number = Number(literal.value);
  if (!Number.isFinite(number)) throw refuse(text, 'it takes finite numbers');
  return { value: number, isFloat: literal.kind === 'float' };
}

function rangeItems(args: Argument[], text: string): Literal[] {
  const [first, second, third] = inOrder(args, ['start', 'stop', 'step'], text);
  if (first === undefined) throw refuse(text, "the argument 'start' is missing: range(stop) or range(start,stop,step)");
  const numbers = [first, second, third].map((value) => value && numberOf(text, value));
  const isFloat = numbers.some((number) => number?.isFloat);
  const [start, stop] = second === undefined ? [0, numbers[0]?.value ?? 0] : [numbers[0]?.value ?? 0, numbers[1]?.value ?? 0];
  const step = numbers[2]?.value ?? 1;
  if (step === 0) throw refuse(text, 'the step is 0');
  const values = decimalRange({ start, stop, step }, mostValues);
  if (values.length > mostValues) throw refuse(text, `it makes more than ${mostValues.toLocaleString('en')} values`);
  return values.map((value) => ({ kind: isFloat ? 'float' : 'int', value }));
}

/** Texts by code point, numbers and truth values by size, lists item by item. */
function compare(a: Literal, b: Literal, text: string): number {
  const isNumber = ({ kind }: Literal) => kind === 'int' || kind === 'float' || kind === 'bool';
  if (isNumber(a) && isNumber(b)) return Number('value' in a ? a.value : 0) - Number('value' in b ? b.value : 0);
  if (a.kind === 'string' && b.kind === 'string') return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
  if (a.kind === 'list' && b.kind === 'list') {
    for (const [index, item] of a.items.entries()) {
      const other = b.items[index];
      if (other === undefined) return 1;
      const order = compare(item, other, text);
      if (order !== 0) return order;
    }
    return a.items.length - b.items.length;
  }
  throw refuse(text, `values of different kinds cannot be sorted (${a.kind} and ${b.kind}); cast them, for instance sort(str(…))`);
}

/** What sort and shuffle order: a sweep, a list, or the values given. `alone`: one value that is neither. */
function ordered(args: Argument[], text: string, how: { names: string[]; order: (items: Literal[]) => Literal[]; alone: (value: Literal) => Value }): Value {
  const { positional, named } = bind(args, how.names, text);
  const byName = named.get('list') ?? named.get('sweep');
  if (byName !== undefined && positional.length > 0) throw refuse(text, 'give the values either by place or by name');
  const values = byName === undefined ? positional : [byName];
  const [only] = values;
  if (only === undefined) throw refuse(text, 'it takes at least one value');
  if (values.length > 1) return { sweep: { kind: 'simple', items: how.order(values.map((value) => literalOf(text, value))), tags: [] } };
  if ('sweep' in only) {
    if (!('items' in only.sweep)) throw refuse(text, 'this sweep has no list of values');
    return { sweep: { ...only.sweep, items: how.order(only.sweep.items) } };
  }
  return only.literal.kind === 'list' ? { literal: { kind: 'list', items: how.order(only.literal.items) } } : how.alone(only.literal);
}

function sort(args: Argument[], text: string): Value {
  const reverse = args.find(({ name }) => name === 'reverse')?.value;
  const down = reverse === undefined ? { kind: 'bool', value: false } : literalOf(text, reverse);
  if (down.kind !== 'bool') throw refuse(text, 'reverse is true or false');
  const several = args.filter(({ name }) => name === null);
  if (several.length > 1 && several.some(({ value }) => 'literal' in value && (value.literal.kind === 'list' || value.literal.kind === 'dict'))) throw refuse(text, 'several lists cannot be sorted; give one list, or choice(…) around them');
  // Equal items keep their order in both directions, as in Python.
  const order = (items: Literal[]) => items.toSorted((a, b) => (down.value ? compare(b, a, text) : compare(a, b, text)));
  return ordered(args, text, { names: ['sweep', 'list', 'reverse'], order, alone: (literal) => ({ literal }) });
}

/** A sweep is shuffled when it is expanded, by the seed of then; a list at once, always in the same way. */
function shuffle(args: Argument[], text: string): Value {
  const value = ordered(args, text, { names: ['sweep', 'list'], order: (items) => items, alone: (literal) => ({ literal: { kind: 'list', items: [literal] } }) });
  if ('sweep' in value) return 'items' in value.sweep ? { sweep: { ...value.sweep, shuffle: true } } : value;
  const items = value.literal.kind === 'list' ? value.literal.items : [];
  const order = Array.from(permutation(items.length, 0, { purpose: 'sweep', a: 1 }));
  return { literal: { kind: 'list', items: order.map((index) => items[index] as Literal) } };
}

function texts(value: Value | undefined, text: string): string[] {
  if (value === undefined) return [];
  const literal = literalOf(text, value);
  return (literal.kind === 'list' ? literal.items : [literal]).map((item) => {
    if (item.kind === 'string') return item.value;
    throw refuse(text, 'it takes text');
  });
}

function tag(args: Argument[], text: string): Value {
  const { positional, named } = bind(args, ['sweep'], text);
  const values = [...positional, ...named.values()];
  const last = values.at(-1);
  if (last === undefined || !('sweep' in last)) throw refuse(text, 'its last argument must be a sweep');
  return { sweep: { ...last.sweep, tags: values.slice(0, -1).flatMap((value) => texts(value, text)) } };
}

function cast(name: CastName, args: Argument[], text: string): Value {
  const { positional, named } = bind(args, ['value'], text);
  const values = [...positional, ...named.values()];
  if (values.length === 0) throw refuse(text, 'it takes at least one value');
  if (positional.length > 0 && named.size > 0) throw refuse(text, 'give the value either by place or by name');
  const whole: Value = values.length === 1 ? (values[0] as Value) : { sweep: { kind: 'simple', items: values.map((value) => literalOf(text, value)), tags: [] } };
  return castValue(name, whole, (why) => refuse(text, why));
}

function choice(args: Argument[], text: string): Sweep {
  const { positional } = bind(args, [], text);
  const [only] = positional;
  if (only === undefined) throw refuse(text, 'an empty choice is not legal');
  if (positional.length === 1 && 'sweep' in only && only.sweep.kind === 'simple') return { ...only.sweep, kind: 'choice' };
  return { kind: 'choice', items: positional.map((value) => literalOf(text, value)), tags: [] };
}

/** Evaluates one call. @param text the call as written, for errors */
export function callFunction(name: string, args: Argument[], text: string): Value {
  switch (name) {
    case 'choice': return { sweep: choice(args, text) };
    case 'range': return { sweep: { kind: 'range', items: rangeItems(args, text), tags: [] } };
    case 'interval': {
      const [start, end] = inOrder(args, ['start', 'end'], text);
      if (!start || !end) throw refuse(text, 'it takes a start and an end');
      return { sweep: { kind: 'interval', start: numberOf(text, start).value, end: numberOf(text, end).value, tags: [] } };
    }
    case 'glob': {
      const [include, exclude] = inOrder(args, ['include', 'exclude'], text);
      if (!include) throw refuse(text, 'it takes a pattern');
      return { sweep: { kind: 'glob', include: texts(include, text), exclude: texts(exclude, text), tags: [] } };
    }
    case 'sort': return sort(args, text);
    case 'shuffle': return shuffle(args, text);
    case 'tag': return tag(args, text);
    default: return cast(name as CastName, args, text);
  }
}
