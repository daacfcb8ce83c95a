// Keys that come from outside: names that reach an object's prototype are refused, and reading sees own properties only.

const prototypeKeys: readonly string[] = ['__proto__', 'prototype', 'constructor'];

/** Whether a key names a prototype: no configuration, name or address may use it. */
export const isPrototypeKey = (key: string): boolean => prototypeKeys.includes(key);

/** The first prototype key anywhere in a value of JSON or YAML, as a dotted path; null where there is none. */
export function findPrototypeKey(value: unknown, path: string[] = []): string | null {
  if (typeof value !== 'object' || value === null) return null;
  for (const key of Object.keys(value)) {
    const at = [...path, key];
    if (isPrototypeKey(key)) return at.join('.');
    const found = findPrototypeKey((value as Record<string, unknown>)[key], at);
    if (found !== null) return found;
  }
  return null;
}

/** The own property of a value; undefined where there is none, whatever its prototype has. */
export const ownValue = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;

/** What a dotted path of own properties leads to; undefined where it leads nowhere. */
export const ownValueAt = (value: unknown, path: string): unknown => path.split('.').reduce(ownValue, value);

/** An entry of a table by a key from outside; undefined where the table has none of its own. */
export const entryOf = <T>(table: Readonly<Record<string, T>>, key: string | undefined): T | undefined =>
  key !== undefined && Object.hasOwn(table, key) ? table[key] : undefined;

/** A table whose keys come from outside: it has no prototype, so `constructor` is no entry of it and `__proto__` is one like any other. */
export const tableOf = <T>(entries: Iterable<readonly [string, T]> = []): Record<string, T> => {
  const table = Object.create(null) as Record<string, T>;
  for (const [key, value] of entries) table[key] = value;
  return table;
};
