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

const deepest = 50;
const mostValues = 200_000;

/** Why a value of JSON from outside is not taken, whatever it should be; null where nothing speaks against it. Deep nesting is found without recursion. */
export function refusedJson(value: unknown, most = mostValues): string | null {
  const open: { value: unknown; depth: number }[] = [{ value, depth: 0 }];
  let count = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    count += 1;
    if (next.depth > deepest) return `it is nested more than ${deepest} deep`;
    if (count > most) return `it holds more than ${most} values`;
    if (typeof next.value === 'number' && !Number.isFinite(next.value)) return 'it holds a number beyond 1.797e308';
    if (typeof next.value !== 'object' || next.value === null) continue;
    const depth = next.depth + 1;
    for (const [key, inner] of Object.entries(next.value)) {
      if (isPrototypeKey(key)) return `it has the key '${key}', which names an object's prototype`;
      open.push({ value: inner, depth });
    }
  }
  return null;
}
