// Whether the prototypes that every object shares are as the program began: no input may change them.
const shared = { object: Object.prototype, array: Array.prototype, function: Function.prototype, string: String.prototype, map: Map.prototype, promise: Promise.prototype };

const shapeOf = (): string => JSON.stringify(Object.entries(shared).map(([name, prototype]) => [name, Object.getPrototypeOf(prototype) === null, Reflect.ownKeys(prototype).map(String)]));

const before = shapeOf();
const functions = new Map(Object.values(shared).flatMap((prototype) => Reflect.ownKeys(prototype).map((key) => [Object.getOwnPropertyDescriptor(prototype, key)?.value as unknown, { prototype, key }] as const)).filter(([value]) => typeof value === 'function'));

/** @throws Error naming what was added, and takes it away for the inputs that follow */
export function expectCleanPrototypes(input: unknown): void {
  const changed = [...functions].find(([value, { prototype, key }]) => Object.getOwnPropertyDescriptor(prototype, key)?.value !== value);
  if (shapeOf() === before && changed === undefined) return;
  const names = Object.keys(Object.prototype);
  for (const name of names) delete (Object.prototype as Record<string, unknown>)[name];
  throw new Error(`A shared prototype was changed (${names.join(', ') || String(changed?.[1].key ?? 'own keys')}) by ${JSON.stringify(input)}`);
}
