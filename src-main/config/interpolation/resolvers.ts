// The resolvers that an interpolation may call: OmegaConf's own, and of Hydra's now and the choices of the defaults list.
import { isTree, pythonText, type Node, type NodeTree } from '../values.ts';
import { readYaml } from '../yaml/read.ts';

/** Where a text stands: the keys down to its own, from which relative interpolations count. */
export type Place = readonly string[];

/** What a resolver needs of the resolution that calls it. */
export type Resolving = {
  warnings: string[];
  /** Options of the defaults list by group. */
  choices: ReadonlyMap<string, string | null>;
  resolve: (value: Node, place: Place) => Node;
  select: (key: string, place: Place) => Node | undefined;
  decode: (text: string, place: Place) => Node;
  error: (what: string, place: Place) => Error;
};

type Call = { resolution: Resolving; place: Place; source: string };
type Resolver = { least: number; most: number; call: (args: Node[], call: Call) => Node };

function textOf(value: Node | undefined, { resolution, place, source }: Call): string {
  if (typeof value === 'string') return value;
  throw resolution.error(`${source} takes text, not ${pythonText(value ?? null)}`, place);
}

function environment([name, fallback]: Node[], call: Call): Node {
  const found = process.env[textOf(name, call)];
  if (found !== undefined) return found;
  if (fallback === undefined) throw call.resolution.error(`The environment variable ${pythonText(name ?? null)} of ${call.source} is not set, and no default is given`, call.place);
  return fallback === null ? null : pythonText(fallback);
}

function dictionary(args: Node[], call: Call): NodeTree {
  const key = textOf(args[0], call);
  const found = call.resolution.select(key, call.place);
  if (isTree(found)) return found;
  throw call.resolution.error(`${call.source}: '${key}' is ${found === undefined ? 'not there' : 'no mapping'}`, call.place);
}

function deprecated([key, message = "'$OLD_KEY' is deprecated. Change your code and config to use '$NEW_KEY'"]: Node[], call: Call): Node {
  const name = textOf(key, call);
  const found = call.resolution.select(name, call.place);
  if (found === undefined) throw call.resolution.error(`${call.source} finds no key '${name}'`, call.place);
  call.resolution.warnings.push(textOf(message, call).replaceAll('$OLD_KEY', call.place.join('.')).replaceAll('$NEW_KEY', name));
  return found;
}

const two = (value: number) => String(value).padStart(2, '0');
/** strftime's letters that need no language. */
const timeParts: Record<string, (now: Date) => string> = {
  Y: (now) => String(now.getFullYear()), y: (now) => two(now.getFullYear() % 100), m: (now) => two(now.getMonth() + 1), d: (now) => two(now.getDate()),
  H: (now) => two(now.getHours()), M: (now) => two(now.getMinutes()), S: (now) => two(now.getSeconds()), f: (now) => String(now.getMilliseconds() * 1000).padStart(6, '0'),
  '%': () => '%',
};

/** When this process composed first: all times of a sweep are the same one. */
let moment: Date | null = null;

function now([format = '%Y-%m-%d_%H-%M-%S']: Node[], call: Call): Node {
  const time = (moment ??= new Date());
  return textOf(format, call).replace(/%(.)/g, (whole, letter: string) => {
    const part = Object.hasOwn(timeParts, letter) ? timeParts[letter] : undefined;
    if (part === undefined) throw call.resolution.error(`${call.source}: ${whole} is not supported. There are ${Object.keys(timeParts).map((each) => `%${each}`).join(' ')}`, call.place);
    return part(time);
  });
}

function hydra([key]: Node[], call: Call): Node {
  const name = textOf(key, call);
  const group = /^runtime\.choices\.(.+)$/.exec(name)?.[1] ?? /^runtime\.choices\[(.+)\]$/.exec(name)?.[1];
  const option = group === undefined ? undefined : call.resolution.choices.get(group);
  if (option !== undefined) return option;
  throw call.resolution.error(`${call.source} is not supported: Hydra's own configuration does not exist here. Only \${hydra:runtime.choices.GROUP} of a group of the defaults list does`, call.place);
}

export const resolvers: Record<string, Resolver> = {
  'oc.env': { least: 1, most: 2, call: environment },
  'oc.decode': {
    least: 1, most: 1,
    call: ([text], call) => (text === null ? null : call.resolution.decode(textOf(text, call), call.place)),
  },
  'oc.select': {
    least: 1, most: 2,
    call: ([key, fallback = null], call) => {
      const found = call.resolution.select(textOf(key, call), call.place);
      return found === undefined || found === '???' ? fallback : found;
    },
  },
  'oc.create': {
    least: 1, most: 1,
    call: ([value = null], { resolution, place, source }) => (typeof value === 'string' ? resolution.resolve(readYaml(value, source), place) : value),
  },
  'oc.deprecated': { least: 1, most: 2, call: deprecated },
  'oc.dict.keys': { least: 1, most: 1, call: (args, call) => Object.keys(dictionary(args, call)) },
  'oc.dict.values': { least: 1, most: 1, call: (args, call) => Object.values(dictionary(args, call)) },
  now: { least: 0, most: 1, call: now },
  hydra: { least: 1, most: 1, call: hydra },
};
