// What a plain YAML scalar means to PyYAML with OmegaConf's resolvers: YAML 1.1, with 1e5 a float and dates left as text.
import { floatNode, integerNode, type Node } from '../values.ts';

export type ScalarKind = 'bool' | 'int' | 'float' | 'null' | 'merge' | 'value' | 'str';

const patterns: [ScalarKind, RegExp][] = [
  ['bool', /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/],
  ['float', /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/],
  ['int', /^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/],
  ['float', /^(?:[-+]?[0-9]+(?:_[0-9]+)*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9]+(?:_[0-9]+)*[eE][-+]?[0-9]+|\.[0-9]+(?:_[0-9]+)*(?:[eE][-+][0-9]+)?)$/],
  ['null', /^(?:~|null|Null|NULL|)$/],
  ['merge', /^<<$/],
  ['value', /^=$/],
];

export const kindOfScalar = (text: string): ScalarKind => patterns.find(([, pattern]) => pattern.test(text))?.[0] ?? 'str';

/** Parts of 1:30:15, most significant first, to base 60. */
const sexagesimal = (text: string): number => text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);

/** The integer of a text; null where there is none, as for 0_ or 0x_. */
export function readInteger(written: string): Node | undefined {
  const text = written.replaceAll('_', '');
  const sign = text.startsWith('-') ? -1n : 1n;
  const digits = text.replace(/^[-+]/, '');
  if (/^\d+(:\d+)+$/.test(digits)) return integerNode(sign * BigInt(sexagesimal(digits)));
  if (/^0b[01]+$/.test(digits) || /^0x[0-9a-fA-F]+$/.test(digits)) return integerNode(sign * BigInt(digits));
  if (/^0[0-7]+$/.test(digits)) return integerNode(sign * BigInt(`0o${digits.slice(1)}`));
  return /^(?:0|[1-9]\d*)$/.test(digits) ? integerNode(sign * BigInt(digits)) : undefined;
}

/** The float of a text; undefined where there is none. */
export function readFloat(written: string): Node | undefined {
  const text = written.replaceAll('_', '').toLowerCase();
  const sign = text.startsWith('-') ? -1 : 1;
  const digits = text.replace(/^[-+]/, '');
  if (digits === '.inf') return sign * Infinity;
  if (digits === '.nan') return NaN;
  const value = digits.includes(':') ? sexagesimal(digits) : /\d/.test(digits) ? Number(digits) : NaN;
  return Number.isNaN(value) ? undefined : floatNode(sign * value);
}

export const readBool = (text: string): boolean => /^(?:yes|true|on)$/i.test(text);
