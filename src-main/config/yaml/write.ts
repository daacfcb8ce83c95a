// Writes YAML that PyYAML, OmegaConf and every YAML 1.2 reader read back as it is.
import { floatText, isTree, WholeFloat, type Node, type NodeTree } from '../values.ts';
import { kindOfScalar } from './scalars.ts';

/** A number as PyYAML writes it. A plain one beyond 2^53 can only be a float. */
export function writeNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '.nan' : value > 0 ? '.inf' : '-.inf';
  if (Number.isInteger(value) && !Object.is(value, -0) && Math.abs(value) < 1e16) return String(value);
  return writeFloat(value);
}

/** PyYAML takes 1e+22 for a text, 1.0e+22 for a float. */
const writeFloat = (value: number): string => floatText(value).replace(/^(-?\d+)e/, '$1.0e');

/** Letters of all scripts, and signs that mean nothing to YAML inside a block. */
const plain = /^[\p{L}_$/\\.(\d+-][\p{L}\p{M}\p{N}_$/\\.(){}[\]+\-*@%^&=;~|<>!?,'":`# ]*$/u;
/** Numbers, dates and times of any reader: quoted even where PyYAML sees a text. */
const numeric = /^[-+.\d][\d.:_eExXoOa-fA-FT+-]*Z?$/;
const words = /^(?:y|n|yes|no|on|off|true|false|null|\.?nan|\.?inf)$/i;

const needsQuotes = (text: string): boolean => !plain.test(text) || kindOfScalar(text) !== 'str' || numeric.test(text) || words.test(text)
  || /: |:$| #|^[-?.]+( |$)|^---|^\.\.\.| $/.test(text);

/** JSON's escapes are YAML's; added are the characters that YAML readers refuse or take for line breaks. */
function writeText(text: string): string {
  if (!needsQuotes(text)) return text;
  return JSON.stringify(text).replace(/[\u007f-\u00a0\u2028\u2029\ufeff\ufffe\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function writeScalar(value: Node): string {
  if (value === null) return 'null';
  if (value instanceof WholeFloat) return writeFloat(value.value);
  if (typeof value === 'number') return writeNumber(value);
  return typeof value === 'string' ? writeText(value) : String(value);
}

const isFull = (value: Node): value is Node[] | NodeTree => (Array.isArray(value) && value.length > 0) || (isTree(value) && Object.keys(value).length > 0);
const empty = (value: Node): string => (Array.isArray(value) ? '[]' : isTree(value) ? '{}' : writeScalar(value));
const indent = (lines: string[]): string[] => lines.map((line) => `  ${line}`);

/** A key beyond 1,000 characters must be marked as one. */
const writeKey = (key: string): string => (key.length > 1000 ? `? ${writeText(key)}\n` : writeText(key));

function linesOf(value: Node): string[] {
  if (!isFull(value)) return [empty(value)];
  if (Array.isArray(value)) return value.flatMap((item) => indent(linesOf(item)).map((line, index) => (index === 0 ? `- ${line.slice(2)}` : line)));
  return Object.entries(value).flatMap(([key, item]) => (isFull(item) ? [`${writeKey(key)}:`, ...indent(linesOf(item))] : [`${writeKey(key)}: ${empty(item)}`]));
}

/** The configuration, or a value of it, as YAML. */
export const toYaml = (config: Node): string => `${linesOf(config).join('\n')}\n`;
