// A recursive-descent parser of override values: words, quotes, lists, dicts, functions, sweeps.
import { isPrototypeKey, LabError } from '#contract';
import { callFunction, functionNames, type Argument } from './functions.ts';
import { floatText } from '../values.ts';
import { wordLiteral, type Literal, type Value } from './literal.ts';

const wordCharacter = /[A-Za-z0-9_/\-+.$%*@?|:\\ \t]/;

/** Reads one value from `text`; positions in errors count from `offset`, the value's place in the override. */
export class ValueParser {
  readonly #text: string;
  readonly #offset: number;
  #at = 0;

  constructor(text: string, offset: number) {
    this.#text = text;
    this.#offset = offset;
  }

  /** The whole text: an element, or elements with commas between them (a sweep). */
  parse(): Value {
    const first = this.#element();
    if (this.#peek() === '') return first;
    const items = [first];
    while (this.#take(',')) items.push(this.#element());
    if (this.#peek() !== '') throw this.#unexpected(this.#peek(), 'the end of the value');
    const literals = items.map((item) => {
      if ('sweep' in item) throw this.#error('A sweep cannot stand inside another; write choice(…) around all values');
      return item.literal;
    });
    return { sweep: { kind: 'simple', items: literals, tags: [] } };
  }

  #element(): Value {
    this.#spaces();
    const next = this.#peek();
    if (next === '[') return { literal: this.#list() };
    if (next === '{') return { literal: this.#dict() };
    const call = /^[A-Za-z_][A-Za-z0-9_-]*(?=\()/.exec(this.#text.slice(this.#at));
    if (call) return this.#call(call[0]);
    return { literal: this.#primitive(false) };
  }

  #literal(): Literal {
    const value = this.#element();
    if ('sweep' in value) throw this.#error('A sweep cannot stand inside a list or dict');
    return value.literal;
  }

  #list(): Literal {
    this.#at += 1;
    const items: Literal[] = [];
    this.#spaces();
    if (!this.#take(']')) {
      do items.push(this.#literal()); while (this.#take(','));
      this.#expect(']', 'list');
    }
    this.#spaces();
    return { kind: 'list', items };
  }

  #dict(): Literal {
    this.#at += 1;
    const entries: [string, Literal][] = [];
    this.#spaces();
    if (!this.#take('}')) {
      do {
        this.#spaces();
        const key = this.#primitive(true);
        this.#expect(':', 'dict');
        const name = key.kind === 'string' ? key.value : this.#word(key);
        if (isPrototypeKey(name)) throw this.#error(`The key '${name}' of the dict names an object's prototype; use another name`);
        entries.push([name, this.#literal()]);
      } while (this.#take(','));
      this.#expect('}', 'dict');
    }
    this.#spaces();
    return { kind: 'dict', entries };
  }

  #word(literal: Literal): string {
    if (literal.kind === 'float') return floatText(literal.value);
    return literal.kind === 'null' ? 'null' : 'value' in literal ? String(literal.value) : '';
  }

  #call(name: string): Value {
    const start = this.#at;
    this.#at += name.length + 1;
    const args: Argument[] = [];
    this.#spaces();
    if (!this.#take(')')) {
      do {
        this.#spaces();
        const named = /^([A-Za-z_][A-Za-z0-9_-]*)[ \t]*=/.exec(this.#text.slice(this.#at));
        if (named) this.#at += named[0].length;
        args.push({ name: named?.[1] ?? null, value: this.#element() });
      } while (this.#take(','));
      this.#expect(')', 'function call');
    }
    this.#spaces();
    const text = this.#text.slice(start, this.#at);
    if (!functionNames.includes(name)) throw this.#error(`There is no function '${name}'. Available: ${functionNames.join(', ')}. Quote the value if text was meant: '${text}'`);
    return callFunction(name, args, text);
  }

  #primitive(inKey: boolean): Literal {
    this.#spaces();
    const quote = this.#peek();
    if (quote === "'" || quote === '"') return this.#quoted(quote);
    const start = this.#at;
    let text = '';
    let kept = 0; // characters up to here stand through trimming: escaped spaces do
    for (let next = this.#peek(); next !== '' && !(inKey && next === ':'); next = this.#peek()) {
      if (this.#text.startsWith('${', this.#at)) text += this.#interpolation();
      else if (next === '\\' && /[\\()[\]{}:=, \t]/.test(this.#text[this.#at + 1] ?? '')) {
        text += this.#text[this.#at + 1];
        this.#at += 2;
        kept = text.length;
        continue;
      } else if (wordCharacter.test(next)) {
        text += next;
        this.#at += 1;
      } else break;
    }
    const trimmed = text.slice(0, kept) + text.slice(kept).trimEnd();
    if (this.#at === start || trimmed === '') throw this.#unexpected(this.#peek(), 'a value');
    return kept > 0 ? { kind: 'string', value: trimmed } : wordLiteral(trimmed);
  }

  /** `${…}` with nested braces, kept as it stands; it is resolved once the configuration is whole. */
  #interpolation(): string {
    const start = this.#at;
    let depth = 0;
    do {
      const next = this.#peek();
      if (next === '') throw this.#error("An interpolation '${' is not closed; add the '}'");
      if (next === '{') depth += 1;
      if (next === '}') depth -= 1;
      this.#at += 1;
    } while (depth > 0 || this.#text[this.#at - 1] !== '}');
    return this.#text.slice(start, this.#at);
  }

  #quoted(quote: string): Literal {
    let text = '';
    for (let at = this.#at + 1; at < this.#text.length; at += 1) {
      const next = this.#text[at] as string;
      if (next === '\\') {
        const slashes = /^\\+/.exec(this.#text.slice(at))?.[0].length ?? 0;
        const follower = this.#text[at + slashes];
        if (follower === quote) {
          text += '\\'.repeat(Math.floor(slashes / 2));
          at += slashes - 1;
          if (slashes % 2 === 1) {
            text += quote;
            at += 1;
          }
        } else {
          text += '\\'.repeat(slashes);
          at += slashes - 1;
        }
      } else if (next === quote) {
        this.#at = at + 1;
        this.#spaces();
        return { kind: 'string', value: text, quoted: true };
      } else text += next;
    }
    throw this.#error(`A quote ${quote} is not closed; add one at the end of the text`);
  }

  #peek(): string { return this.#text[this.#at] ?? ''; }

  #spaces(): void {
    while (this.#peek() === ' ' || this.#peek() === '\t') this.#at += 1;
  }

  #take(token: string): boolean {
    if (this.#peek() !== token) return false;
    this.#at += 1;
    return true;
  }

  #expect(token: string, what: string): void {
    this.#spaces();
    if (!this.#take(token)) throw this.#unexpected(this.#peek(), `'${token}' of the ${what}`);
  }

  #unexpected(found: string, wanted: string): LabError {
    return this.#error(`Expected ${wanted}, found ${found === '' ? 'the end' : `'${found}'`}. Put the value in quotes if it is text: key='…'`);
  }

  #error(message: string): LabError {
    return new LabError('CONFIG_SYNTAX', `${message} (column ${this.#offset + this.#at + 1} of the override).`, { place: { offset: this.#offset + this.#at } });
  }
}
