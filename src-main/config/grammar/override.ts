// One override: `key=value`, `+key=value`, `++key=value`, `~key`, `group=option`, `group@package=option`.
import { isPrototypeKey, LabError } from '#contract';
import type { Value } from './literal.ts';
import { ValueParser } from './parser.ts';

export type OverrideType = 'CHANGE' | 'ADD' | 'FORCE_ADD' | 'DEL';
/** A parsed override. `value` is null where none was given (`~key`). */
export type Override = { text: string; type: OverrideType; key: string; package: string | null; value: Value | null };

const part = '(?:[A-Za-z_$][A-Za-z0-9_$-]*|\\d+)';
const dotted = `${part}(?:\\.${part})*`;
const group = `${part}(?:/${part})*`;
const keyPattern = new RegExp(`^(${dotted}|${group}|)(?:@(${dotted}|))?$`);

const prefixes: [string, OverrideType][] = [['++', 'FORCE_ADD'], ['+', 'ADD'], ['~', 'DEL']];

function keyError(text: string, key: string): LabError {
  const bad = /[^A-Za-z0-9_$./@-]/.exec(key);
  const why = bad ? `the character '${bad[0]}' cannot stand in a key` : 'keys are names joined by dots (train.optimizer.lr) or, for groups, by slashes (train/optimizer)';
  return new LabError('CONFIG_SYNTAX', `Cannot read the key '${key}' of '${text}': ${why}.`, { place: { key } });
}

/** @throws LabError CONFIG_SYNTAX that names the column */
export function parseOverride(text: string): Override {
  const [prefix, type] = prefixes.find(([start]) => text.startsWith(start)) ?? ['', 'CHANGE' as const];
  const equals = text.indexOf('=');
  if (equals < 0 && type !== 'DEL') {
    throw new LabError('CONFIG_SYNTAX', `'${text}' has no '='. Write key=value, group=option, or ~key to delete.`, { place: { key: text } });
  }
  const keyText = text.slice(prefix.length, equals < 0 ? undefined : equals);
  const match = keyPattern.exec(keyText);
  if (!match) throw keyError(text, keyText);
  const prototypes = keyText.split(/[./@]/).find(isPrototypeKey);
  if (prototypes !== undefined) throw new LabError('CONFIG_SYNTAX', `Cannot read the key '${keyText}' of '${text}': '${prototypes}' names an object's prototype. Use another name.`, { place: { key: keyText } });
  const valueText = equals < 0 ? null : text.slice(equals + 1);
  return { text, type, key: match[1] ?? '', package: match[2] ?? null, value: valueText === null ? null : parseValue(valueText, equals + 1, text) };
}

function parseValue(text: string, offset: number, whole: string): Value {
  if (text === '') return { literal: { kind: 'string', value: '' } };
  try {
    return new ValueParser(text, offset).parse();
  } catch (error) {
    if (error instanceof LabError) throw new LabError(error.code, `Cannot read '${whole}'. ${error.message}`, { place: error.place, cause: error });
    throw error;
  }
}
