// Values while a configuration is composed: Python's integers and floats told apart, as 1 and 1.0 are not the same text.
import { LabError, type ConfigTree, type ConfigValue } from '#contract';

/** A float without a fraction, as 30.0. All other floats are numbers that are not whole. */
export class WholeFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** An integer beyond 2^53 is a bigint. */
export type Node = null | boolean | number | bigint | WholeFloat | string | Node[] | NodeTree;
export type NodeTree = { [key: string]: Node };

export const isTree = (value: Node | undefined): value is NodeTree => typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof WholeFloat);

export const floatNode = (value: number): Node => (Number.isInteger(value) && !Object.is(value, -0) ? new WholeFloat(value) : value);

/** An integer of any size from its decimal digits. */
export function integerNode(value: bigint): Node {
  const short = Number(value);
  return Number.isSafeInteger(short) ? short : value;
}

const isFloat = (value: Node): boolean => value instanceof WholeFloat || (typeof value === 'number' && (!Number.isInteger(value) || Object.is(value, -0)));

/** A float as Python's repr writes it: 30.0, 1e-05, 1e+22, inf. */
export function floatText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0.0';
  const size = Math.abs(value);
  if (value === 0 || (size >= 1e-4 && size < 1e16)) return Number.isInteger(value) ? `${value}.0` : String(value);
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  return `${digits}e${exponent.slice(0, 1)}${exponent.slice(1).padStart(2, '0')}`;
}

const shortEscapes: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function quotedText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = text.replace(/[\\\n\r\t]/g, (character) => shortEscapes[character] as string).replaceAll(quote, `\\${quote}`);
  return quote + body.replace(/[\u0000-\u001f\u007f-\u00a0\u00ad]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`) + quote;
}

function reprText(value: Node): string {
  if (typeof value === 'string') return quotedText(value);
  if (Array.isArray(value)) return `[${value.map(reprText).join(', ')}]`;
  if (isTree(value)) return `{${Object.entries(value).map(([key, item]) => `${quotedText(key)}: ${reprText(item)}`).join(', ')}}`;
  return pythonText(value);
}

/** A value as Python's str writes it: True, None, 1e-05, [0.9, 'a'], {'b': 1}. */
export function pythonText(value: Node): string {
  if (value === null) return 'None';
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value instanceof WholeFloat) return floatText(value.value);
  if (typeof value === 'number') return isFloat(value) ? floatText(value) : String(value);
  return typeof value === 'bigint' ? String(value) : reprText(value);
}

/** The plain JSON value. @throws LabError CONFIG_INVALID for an integer that no number holds exactly */
export function plainValue(value: Node, path = ''): ConfigValue {
  if (value instanceof WholeFloat) return value.value;
  if (typeof value === 'bigint') throw new LabError('CONFIG_INVALID', `'${path}' is ${value}, an integer beyond 2^53, which is not supported. Use a smaller one, or put it in quotes if it is text.`, { place: { key: path } });
  const below = (key: string) => (path === '' ? key : `${path}.${key}`);
  if (Array.isArray(value)) return value.map((item, index) => plainValue(item, below(String(index))));
  return isTree(value) ? plainTree(value, path) : value;
}

export const plainTree = (tree: NodeTree, path = ''): ConfigTree =>
  Object.fromEntries(Object.entries(tree).map(([key, item]) => [key, plainValue(item, path === '' ? key : `${path}.${key}`)]));

/** A copy that shares no list and no tree. */
export function copyNode(value: Node): Node {
  if (Array.isArray(value)) return value.map(copyNode);
  return isTree(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyNode(item)])) : value;
}
