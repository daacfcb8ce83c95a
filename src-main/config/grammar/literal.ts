// Values of an override as the grammar sees them: integers and floats kept apart, quoted strings told from words.
import type { ConfigValue } from '#contract';
import { floatNode, floatText, integerNode, isTree, plainValue, WholeFloat, type Node } from '../values.ts';

export type Literal =
  | { kind: 'int'; value: number | bigint }
  | { kind: 'float'; value: number }
  | { kind: 'bool'; value: boolean }
  | { kind: 'null' }
  | { kind: 'string'; value: string; quoted?: boolean }
  | { kind: 'list'; items: Literal[] }
  | { kind: 'dict'; entries: [key: string, value: Literal][] };

/** A sweep over explicit values, over option names by pattern, or a range that only an optimizing sweeper can take. */
export type Sweep =
  | { kind: 'simple' | 'choice' | 'range'; items: Literal[]; shuffle?: boolean; tags: string[] }
  | { kind: 'glob'; include: string[]; exclude: string[]; tags: string[] }
  | { kind: 'interval'; start: number; end: number; tags: string[] };

export type Value = { literal: Literal } | { sweep: Sweep };

/** The value as a configuration that is composed holds it. */
export function toNode(literal: Literal): Node {
  switch (literal.kind) {
    case 'float': return floatNode(literal.value);
    case 'int': case 'bool': case 'string': return literal.value;
    case 'null': return null;
    case 'list': return literal.items.map(toNode);
    case 'dict': return Object.fromEntries(literal.entries.map(([key, value]) => [key, toNode(value)]));
  }
}

/** The plain JSON value. */
export const toPlain = (literal: Literal): ConfigValue => plainValue(toNode(literal));

const unsigned = '(?:0|[1-9](?:_?\\d)*)';
const point = `(?:${unsigned}?\\.\\d(?:_?\\d)*|${unsigned}\\.)`;
const integer = new RegExp(`^[+-]?${unsigned}$`);
const real = new RegExp(`^[+-]?(?:${point}|(?:${point}|${unsigned})e[+-]?\\d(?:_?\\d)*|inf|nan)$`, 'i');

/** A word without quotes: a number, bool or null where it looks like one, else a string. */
export function wordLiteral(text: string): Literal {
  if (integer.test(text)) return { kind: 'int', value: integerNode(BigInt(text.replaceAll('_', '').replace(/^\+/, ''))) as number | bigint };
  if (real.test(text)) return { kind: 'float', value: parseFloatWord(text) };
  if (/^(true|false)$/i.test(text)) return { kind: 'bool', value: text.toLowerCase() === 'true' };
  if (/^null$/i.test(text)) return { kind: 'null' };
  return { kind: 'string', value: text };
}

function parseFloatWord(text: string): number {
  const word = text.toLowerCase().replaceAll('_', '');
  if (word.endsWith('inf')) return word.startsWith('-') ? -Infinity : Infinity;
  return word.endsWith('nan') ? NaN : Number(word);
}

const plainWord = /^[A-Za-z0-9_/\-+.%*@?|$:]+$/;

/** A value as override text that parses back to it. */
export function quoteValue(value: Node): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (value instanceof WholeFloat) return floatText(value.value);
  if (typeof value === 'number') return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : floatText(value);
  if (Array.isArray(value)) return `[${value.map(quoteValue).join(',')}]`;
  if (isTree(value)) return `{${Object.entries(value).map(([key, item]) => `${plainWord.test(key) && !key.includes(':') && !key.includes('$') && wordLiteral(key).kind === 'string' ? key : quoteText(key)}:${quoteValue(item)}`).join(',')}}`;
  const bare = plainWord.test(value) && !value.includes('${') && wordLiteral(value).kind === 'string';
  return bare ? value : quoteText(value);
}

/** Backslashes count only before a quote or at the end, as in the grammar. */
export const quoteText = (text: string) => `'${text.replace(/\\+(?='|$)/g, (slashes) => slashes + slashes).replaceAll("'", "\\'")}'`;

/** A parsed value as override text again, quoted where it was. */
export const literalText = (literal: Literal): string => ('quoted' in literal && literal.quoted ? quoteText(literal.value) : quoteValue(toNode(literal)));
