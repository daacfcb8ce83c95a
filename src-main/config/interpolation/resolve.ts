// Resolves the interpolations of a configuration as OmegaConf does, within limits on look-ups and on size.
import { LabError } from '#contract';
import { checkKeysOf, childOf, isContainer } from '../merge.ts';
import { pythonText, type Node, type NodeTree } from '../values.ts';
import { InterpolationSyntaxError, parseElement, parseText, type Element, type Interpolation, type Parsed } from './parse.ts';
import { resolvers, type Place, type Resolving } from './resolvers.ts';

const mostLookUps = 10_000;
/** Characters and values of one text, list or tree. */
const largest = 1_000_000;

/** A value with the place it was found at. `settled`: inside what is resolved already. */
type Found = { value: Node; place: Place; settled: boolean };

const holdsInterpolation = (value: Node | undefined): value is string => typeof value === 'string' && value.includes('${');

class Resolution implements Resolving {
  readonly root: NodeTree;
  readonly warnings: string[] = [];
  /** Options of the defaults list by group, for ${hydra:runtime.choices.…}. */
  readonly choices: ReadonlyMap<string, string | null>;
  readonly #texts = new Map<string, Node>();
  readonly #containers = new WeakMap<object, Node>();
  readonly #resolving = new Set<string>();
  readonly #sizes = new WeakMap<object, number>();
  #lookUps = 0;

  constructor(root: NodeTree, choices: ReadonlyMap<string, string | null> = new Map()) {
    this.root = root;
    this.choices = choices;
  }

  /** The value with everything in it resolved. */
  resolve(value: Node, place: Place): Node {
    if (holdsInterpolation(value)) return this.#text(value, place);
    if (!isContainer(value)) return value;
    const known = this.#containers.get(value);
    if (known !== undefined) return known;
    const below = (key: string, item: Node) => this.resolve(item, [...place, key]);
    const made = Array.isArray(value) ? value.map((item, index) => below(String(index), item)) : Object.fromEntries(Object.entries(value).map(([key, item]) => [key, below(key, item)]));
    this.#containers.set(value, this.#sized(made, place));
    return made;
  }

  /** The value at a dotted key of a text at `place`; undefined where there is none. */
  select(key: string, place: Place): Node | undefined {
    const dots = /^\.*/.exec(key)?.[0].length ?? 0;
    const keys = key.slice(dots).replace(/^\[/, '').replace(/\]$/, '').split(/\]?\[|\]?\./);
    const found = this.#select({ dots, keys }, place);
    return found && this.#settle(found);
  }

  /** Evaluates a text as a resolver's argument, as oc.decode does. */
  decode(text: string, place: Place): Node {
    return this.#element(this.#parse(() => parseElement(text), text, place), place);
  }

  error(what: string, place: Place): LabError {
    return new LabError('CONFIG_INVALID', `${what} (at '${place.join('.')}').`, { place: { key: place.join('.') } });
  }

  #parse<T>(parse: () => T, text: string, place: Place): T {
    try {
      return parse();
    } catch (cause) {
      if (!(cause instanceof InterpolationSyntaxError)) throw cause;
      const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
      throw this.error(`Cannot read the interpolation '${shown}': ${cause.message}. Write \\\${ where text is meant`, place);
    }
  }

  /** Each text is resolved once; its place is what tells it from others. */
  #text(text: string, place: Place): Node {
    const id = JSON.stringify([text, place]);
    const known = this.#texts.get(id);
    if (known !== undefined) return known;
    if (this.#resolving.has(id)) throw this.error(`The interpolation '${text}' refers to itself`, place);
    this.#lookUps += 1;
    if (this.#lookUps > mostLookUps) throw this.error(`The configuration has more than ${mostLookUps.toLocaleString('en')} interpolations to resolve`, place);
    this.#resolving.add(id);
    const value = this.#sized(this.#parts(this.#parse(() => parseText(text), text, place), place), place);
    this.#resolving.delete(id);
    this.#texts.set(id, value);
    return value;
  }

  #parts({ parts }: Parsed, place: Place): Node {
    const [only] = parts;
    if (parts.length === 1 && only !== undefined) return typeof only === 'string' ? only : this.#interpolation(only, place);
    let text = '';
    for (const part of parts) {
      text += typeof part === 'string' ? part : pythonText(this.#inText(part, place));
      if (text.length > largest) throw this.#tooLarge(place);
    }
    return text;
  }

  /** Lists and trees are written into text as they stand, with the interpolations in them unresolved. */
  #inText(interpolation: Interpolation, place: Place): Node {
    const value = this.#interpolation(interpolation, place);
    if (!isContainer(value) || interpolation.kind === 'resolver') return value;
    const found = this.#select({ dots: interpolation.dots, keys: this.#names(interpolation.keys, place) }, place);
    if (found === undefined || found.settled || !holdsInterpolation(found.value)) return found?.value ?? value;
    const [next] = this.#parse(() => parseText(found.value as string), found.value, found.place).parts;
    return next === undefined || typeof next === 'string' ? value : this.#inText(next, found.place);
  }

  #element(element: Element, place: Place): Node {
    switch (element.kind) {
      case 'value': return element.value;
      case 'text': return this.#parts(element, place);
      case 'list': return element.items.map((item) => this.#element(item, place));
      case 'dict': return Object.fromEntries(element.entries.map(([key, item]) => [key, this.#element(item, place)]));
    }
  }

  #interpolation(interpolation: Interpolation, place: Place): Node {
    if (interpolation.kind === 'resolver') return this.#call(interpolation, place);
    const keys = this.#names(interpolation.keys, place);
    const found = this.#select({ dots: interpolation.dots, keys }, place);
    if (found === undefined) throw this.error(`The interpolation ${interpolation.source} finds no key '${keys.join('.')}'`, place);
    if (found.value === '???') throw this.error(`The interpolation ${interpolation.source} refers to a key that has no value and must be given`, place);
    return this.#settle(found);
  }

  #settle({ value, place, settled }: Found): Node {
    return settled ? value : this.resolve(value, place);
  }

  #names(keys: (string | Interpolation)[], place: Place): string[] {
    return keys.map((key) => {
      const name = typeof key === 'string' ? key : this.#interpolation(key, place);
      if (typeof name !== 'string') throw this.error(`The interpolation ${typeof key === 'string' ? key : key.source} stands for a key and must be text; it is ${pythonText(name)}`, place);
      return name;
    });
  }

  #select({ dots, keys }: { dots: number; keys: string[] }, place: Place): Found | undefined {
    if (dots > place.length) return undefined;
    let found: Found | undefined = this.#at(dots === 0 ? [] : place.slice(0, place.length - dots));
    for (const key of keys) {
      if (found === undefined) return undefined;
      const inside: Found = !found.settled && holdsInterpolation(found.value) ? { ...found, value: this.#text(found.value, found.place), settled: true } : found;
      const child = isContainer(inside.value) ? childOf(inside.value, key) : undefined;
      found = child === undefined ? undefined : { ...inside, value: child, place: [...inside.place, key] };
    }
    return found;
  }

  #at(place: Place): Found | undefined {
    let value: Node | undefined = this.root;
    for (const key of place) value = isContainer(value) ? childOf(value, key) : undefined;
    return value === undefined ? undefined : { value, place, settled: false };
  }

  #call({ name: parts, args, source }: Extract<Interpolation, { kind: 'resolver' }>, place: Place): Node {
    const name = this.#names(parts, place).join('.');
    const resolver = Object.hasOwn(resolvers, name) ? resolvers[name] : undefined;
    if (resolver === undefined) throw this.error(`There is no resolver '${name}' for ${source}. There are ${Object.keys(resolvers).join(', ')}${name === 'env' ? '; write oc.env' : ''}`, place);
    const values = args.map((arg) => this.#element(arg, place));
    const { least, most } = resolver;
    if (values.length < least || values.length > most) throw this.error(`${source}: ${name} takes ${least === most ? least : `${least} to ${most}`} ${most === 1 ? 'argument' : 'arguments'}, not ${values.length}`, place);
    return resolver.call(values, { resolution: this, place, source });
  }

  #tooLarge(place: Place): LabError {
    return this.error(`The interpolations make a value of more than ${largest.toLocaleString('en')} characters or items`, place);
  }

  #sizeOf(value: Node): number {
    if (typeof value === 'string') return value.length + 1;
    if (!isContainer(value)) return 1;
    const known = this.#sizes.get(value);
    if (known !== undefined) return known;
    const size = Object.values(value).reduce<number>((sum, item) => sum + this.#sizeOf(item), 1);
    this.#sizes.set(value, size);
    return size;
  }

  #sized<T extends Node>(value: T, place: Place): T {
    if (this.#sizeOf(value) > largest) throw this.#tooLarge(place);
    return value;
  }
}

/** The tree with all interpolations resolved, and what their resolvers warn of. @throws LabError CONFIG_INVALID */
export function resolveTree(tree: NodeTree, choices?: ReadonlyMap<string, string | null>): { exact: NodeTree; warnings: string[] } {
  try {
    const resolution = new Resolution(tree, choices);
    const exact = resolution.resolve(tree, []) as NodeTree;
    checkKeysOf(exact); // a resolver's argument may have made them
    return { exact, warnings: resolution.warnings };
  } catch (cause) {
    if (cause instanceof RangeError) throw new LabError('CONFIG_INVALID', 'The interpolations of the configuration are nested too deeply.', { cause });
    throw cause;
  }
}
