// The casts of the override grammar: int, float, str and bool of a value, of all in a list or dict, of all in a sweep.
import { pythonText } from '../values.ts';
import { toNode, type Literal, type Value } from './literal.ts';

export type CastName = 'int' | 'float' | 'str' | 'bool';
type Refuse = (why: string) => Error;

const integerText = /^\s*[+-]?\d+(_\d+)*\s*$/;
const floatPattern = /^\s*[+-]?((\d+(_\d+)*\.?(\d+(_\d+)*)?|\.\d+(_\d+)*)(e[+-]?\d+(_\d+)*)?|inf(inity)?|nan)\s*$/i;

function integerOf(literal: Literal, refuse: Refuse): Literal {
  if (literal.kind === 'int') return literal;
  if (literal.kind === 'bool') return { kind: 'int', value: Number(literal.value) };
  if (literal.kind === 'float' && Number.isFinite(literal.value)) return { kind: 'int', value: Math.trunc(literal.value) };
  if (literal.kind === 'string' && integerText.test(literal.value)) return { kind: 'int', value: Number(literal.value.replaceAll('_', '')) };
  throw refuse(`${pythonText(toNode(literal))} is not a whole number`);
}

function floatOf(literal: Literal, refuse: Refuse): Literal {
  if (literal.kind === 'float') return literal;
  if (literal.kind === 'int' || literal.kind === 'bool') return { kind: 'float', value: Number(literal.value) };
  if (literal.kind === 'string' && floatPattern.test(literal.value)) return { kind: 'float', value: Number(literal.value.replaceAll('_', '').replace(/^(\s*[+-]?)inf(inity)?/i, '$1Infinity')) };
  throw refuse(`${pythonText(toNode(literal))} is not a number`);
}

function textOf(literal: Literal, refuse: Refuse): Literal {
  if (literal.kind === 'null') throw refuse('null cannot be made text');
  return { kind: 'string', value: literal.kind === 'bool' ? String(literal.value) : pythonText(toNode(literal)) };
}

function boolOf(literal: Literal, refuse: Refuse): Literal {
  if (literal.kind === 'bool') return literal;
  if (literal.kind === 'null') return { kind: 'bool', value: false };
  if (literal.kind === 'int' || literal.kind === 'float') return { kind: 'bool', value: Number(literal.value) !== 0 };
  if (literal.kind === 'string' && /^(true|false)$/i.test(literal.value)) return { kind: 'bool', value: literal.value.toLowerCase() === 'true' };
  throw refuse(`${pythonText(toNode(literal))} is not a truth value`);
}

const casts = { int: integerOf, float: floatOf, str: textOf, bool: boolOf };

function castLiteral(name: CastName, literal: Literal, refuse: Refuse): Literal {
  if (literal.kind === 'list') return { kind: 'list', items: literal.items.map((item) => castLiteral(name, item, refuse)) };
  if (literal.kind === 'dict') return { kind: 'dict', entries: literal.entries.map(([key, value]) => [key, castLiteral(name, value, refuse)]) };
  return casts[name](literal, refuse);
}

/** @param refuse makes the error of what cannot be cast */
export function castValue(name: CastName, value: Value, refuse: Refuse): Value {
  if ('literal' in value) return { literal: castLiteral(name, value.literal, refuse) };
  const { sweep } = value;
  const numeric = name === 'int' || name === 'float';
  if (sweep.kind === 'glob' || (!numeric && (sweep.kind === 'range' || sweep.kind === 'interval'))) throw refuse(`a ${sweep.kind} cannot be cast to ${name}`);
  if (sweep.kind === 'interval') return value;
  return { sweep: { ...sweep, items: sweep.items.map((item) => castLiteral(name, item, refuse)) } };
}
