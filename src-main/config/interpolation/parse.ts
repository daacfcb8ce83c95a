// Parses interpolations by OmegaConf's grammar: ${a.b[0]}, ${.x}, ${oc.env:NAME,default}, quotes, lists, dicts, nesting, \${escapes}.
import { isPrototypeKey } from '#contract';
import { toNode, wordLiteral } from '../grammar/literal.ts';
import type { Node } from '../values.ts';

/** Text with interpolations in it; one interpolation alone keeps the type of its value. */
export type Parsed = { kind: 'text'; parts: (string | Interpolation)[] };
/** A dotted key (its parts may be interpolations), or a call of a resolver. */
export type Interpolation =
  | { kind: 'node'; dots: number; keys: (string | Interpolation)[]; source: string }
  | { kind: 'resolver'; name: (string | Interpolation)[]; args: Element[]; source: string };
/** An argument of a resolver. */
export type Element = { kind: 'value'; value: Node } | Parsed | { kind: 'list'; items: Element[] } | { kind: 'dict'; entries: [string, Element][] };

/** What is wrong with an interpolation, and where. */
export class InterpolationSyntaxError extends Error {}

const key = /[^\\${}()[\]:. \t'"]+/y;
const escaped = /(?:\\[\\()[\]{}:=, \t])+/y;
const word = /[A-Za-z0-9_/\-+.$%*@?|:\\]/;
const deepest = 100;

class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The whole text as a value of the configuration. */
  value(): Parsed {
    const parts = this.#textUntil(null);
    if (this.#at < this.#text.length) throw this.#error('the end');
    return { kind: 'text', parts };
  }

  /** The whole text as one argument, as oc.decode reads it. */
  element(): Element {
    const element = /^[ \t]/.test(this.#text) ? this.#primitive(true) : this.#element(true);
    if (this.#at < this.#text.length) throw this.#error('the end');
    return element;
  }

  /** Text up to the closing quote, or to the end. Backslashes count before an interpolation, and before the quote. */
  #textUntil(quote: string | null): (string | Interpolation)[] {
    const parts: (string | Interpolation)[] = [];
    let text = '';
    while (this.#at < this.#text.length && this.#peek() !== quote) {
      const slashes = this.#match(/\\+/y);
      if (slashes !== '') {
        const count = slashes.length;
        const before = this.#text.startsWith('${', this.#at) ? '${' : quote !== null && this.#peek() === quote ? quote : null;
        text += '\\'.repeat(before === null ? count : Math.floor(count / 2));
        if (before === null || count % 2 === 0) continue;
        text += before;
        this.#at += before.length;
      } else if (this.#text.startsWith('${', this.#at)) {
        if (text !== '') parts.push(text);
        text = '';
        parts.push(this.#interpolation());
      } else {
        text += this.#peek();
        this.#at += 1;
      }
    }
    if (text !== '' || parts.length === 0) parts.push(text);
    return parts;
  }

  #interpolation(): Interpolation {
    const start = this.#at;
    this.#depth += 1;
    if (this.#depth > deepest) throw new InterpolationSyntaxError(`it is nested more than ${deepest} deep`);
    this.#at += 2;
    this.#spaces();
    const dots = this.#match(/\.+/y).length;
    const keys = this.#keys();
    this.#spaces();
    let made: Interpolation;
    if (dots === 0 && this.#peek() === ':') {
      this.#at += 1;
      made = { kind: 'resolver', name: keys, args: this.#args('}'), source: '' };
    } else {
      if (!this.#take('}')) throw this.#error("'}'");
      made = { kind: 'node', dots, keys, source: '' };
    }
    this.#depth -= 1;
    return { ...made, source: this.#text.slice(start, this.#at) };
  }

  /** a.b[0][c].d */
  #keys(): (string | Interpolation)[] {
    const keys = [this.#take('[') ? this.#bracketed() : this.#key()];
    for (;;) {
      if (this.#take('.')) keys.push(this.#key());
      else if (this.#take('[')) keys.push(this.#bracketed());
      else return keys;
    }
  }

  #bracketed(): string | Interpolation {
    const name = this.#key();
    if (!this.#take(']')) throw this.#error("']'");
    return name;
  }

  #key(): string | Interpolation {
    if (this.#text.startsWith('${', this.#at)) return this.#interpolation();
    const name = this.#match(key);
    if (name === '') throw this.#error('a key');
    return name;
  }

  /** Elements with commas between them, up to and with `close`. A place left empty is an empty text. */
  #args(close: string): Element[] {
    const args: Element[] = [];
    this.#spaces();
    if (this.#take(close)) return args;
    for (;;) {
      this.#spaces();
      const blank = this.#peek() === ',' || this.#peek() === close;
      args.push(blank ? { kind: 'value', value: '' } : this.#element());
      this.#spaces();
      if (this.#take(close)) return args;
      if (!this.#take(',')) throw this.#error(`',' or '${close}'`);
    }
  }

  /** @param whole the text is nothing else: blanks at its ends are part of it */
  #element(whole = false): Element {
    const next = this.#peek();
    if (next === "'" || next === '"') {
      this.#at += 1;
      const parts = this.#textUntil(next);
      if (!this.#take(next)) throw this.#error(`the closing quote ${next}`);
      // Quoted, it is text whatever it holds: an interpolation alone is written out.
      return parts.length === 1 && typeof parts[0] !== 'string' ? { kind: 'text', parts: ['', ...parts] } : { kind: 'text', parts };
    }
    if (this.#take('[')) return { kind: 'list', items: this.#args(']') };
    return this.#take('{') ? this.#dict() : this.#primitive(whole);
  }

  #dict(): Element {
    const entries: [string, Element][] = [];
    this.#spaces();
    if (this.#take('}')) return { kind: 'dict', entries };
    do {
      this.#spaces();
      const name = this.#match(/[A-Za-z0-9_/\-+.$%*@?|]+(?:[ \t]+[A-Za-z0-9_/\-+.$%*@?|]+)*/y);
      this.#spaces();
      if (name === '' || isPrototypeKey(name) || !this.#take(':')) throw this.#error("a key and ':'");
      this.#spaces();
      entries.push([name, this.#element()]);
      this.#spaces();
    } while (this.#take(','));
    if (!this.#take('}')) throw this.#error("'}'");
    return { kind: 'dict', entries };
  }

  /** A word: a number, true, null where it looks like one; blanks inside are kept, at its ends not. */
  #primitive(whole: boolean): Element {
    const parts: (string | Interpolation)[] = [];
    let text = '';
    let plain = true;
    while (this.#at < this.#text.length) {
      const escape = this.#match(escaped);
      const blanks = escape === '' ? this.#match(/[ \t]+/y) : '';
      if (escape !== '') {
        text += escape.replace(/\\(.)/g, '$1');
        plain = false;
      } else if (blanks !== '') {
        if (!whole && (this.#peek() === '' || /[,}\]]/.test(this.#peek()))) break;
        text += blanks;
      } else if (this.#text.startsWith('${', this.#at)) {
        if (text !== '') parts.push(text);
        text = '';
        parts.push(this.#interpolation());
      } else if (word.test(this.#peek())) {
        text += this.#peek();
        this.#at += 1;
      } else break;
    }
    if (text === '' && parts.length === 0) throw this.#error('a value');
    if (text !== '') parts.push(text);
    return parts.length === 1 && typeof parts[0] === 'string' && plain ? { kind: 'value', value: toNode(wordLiteral(parts[0])) } : { kind: 'text', parts };
  }

  #peek(): string { return this.#text[this.#at] ?? ''; }

  #spaces(): void {
    this.#match(/[ \t]*/y);
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [found = ''] = pattern.exec(this.#text) ?? [];
    this.#at += found.length;
    return found;
  }

  #take(token: string): boolean {
    if (this.#peek() !== token || token === '') return false;
    this.#at += 1;
    return true;
  }

  #error(wanted: string): InterpolationSyntaxError {
    const found = this.#peek();
    return new InterpolationSyntaxError(`expected ${wanted}, found ${found === '' ? 'the end' : `'${found}'`} at column ${this.#at + 1}`);
  }
}

/** @throws InterpolationSyntaxError */
export const parseText = (text: string): Parsed => new Parser(text).value();

/** @throws InterpolationSyntaxError */
export const parseElement = (text: string): Element => new Parser(text).element();

/** The text as one writes it where interpolations are read: it stands for itself. */
export const escapeInterpolations = (text: string): string => text.replace(/(\\*)\$\{/g, '$1$1\\${');
