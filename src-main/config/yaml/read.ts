// Reads YAML as PyYAML and OmegaConf do: `<<` merges, yes and no, 20_000, 1:30, duplicate keys refused.
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node as YamlNode, type Scalar, type YAMLMap } from 'yaml';
import { isPrototypeKey, LabError } from '#contract';
import { isTree, pythonText, type Node, type NodeTree } from '../values.ts';
import { kindOfScalar, readBool, readFloat, readInteger } from './scalars.ts';

/** Nodes of one file, those of aliases counted each time. */
const mostNodes = 100_000;

/** What PyYAML refuses anywhere in a file. */
const unreadable = /[^\t\n\r\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

const tagPrefix = 'tag:yaml.org,2002:';

class Reader {
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #source: string;
  readonly #open = new Set<YamlNode>();
  #count = 0;

  constructor(text: string, source: string) {
    this.#source = source;
    const [unprintable] = unreadable.exec(text) ?? [];
    if (unprintable !== undefined) throw this.#refuse(`the character U+${unprintable.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')} is not allowed; write it as an escape in double quotes`, null);
    this.#lines = new LineCounter();
    // The failsafe schema leaves every scalar a text: what it means is decided here.
    this.#document = parseDocument(text, { schema: 'failsafe', uniqueKeys: false, lineCounter: this.#lines, logLevel: 'error' });
    const [error] = this.#document.errors;
    if (error) throw this.#refuse(error.message.split('\n')[0]?.replace(/:$/, '') ?? error.code, null, error);
  }

  read(): Node {
    return this.#document.contents === null ? null : this.#node(this.#document.contents as YamlNode);
  }

  #node(node: YamlNode | null): Node {
    this.#count += 1;
    if (this.#count > mostNodes) throw this.#refuse(`it holds more than ${mostNodes.toLocaleString('en')} values, those of aliases included`, node);
    if (node === null) return null;
    if (isAlias(node)) return this.#within(node, () => this.#node(this.#target(node)));
    if (isScalar(node)) return this.#scalar(node);
    if (isMap(node)) return this.#within(node, () => this.#map(node));
    if (isSeq(node)) return this.#within(node, () => node.items.map((item) => this.#node(item as YamlNode | null)));
    throw this.#refuse('it holds something that is no value', node);
  }

  #within<T>(node: YamlNode, make: () => T): T {
    if (this.#open.has(node)) throw this.#refuse('an alias refers to what it stands in', node);
    this.#open.add(node);
    const made = make();
    this.#open.delete(node);
    return made;
  }

  #target(node: YamlNode): YamlNode {
    const target = isAlias(node) ? node.resolve(this.#document) : node;
    if (target === undefined) throw this.#refuse('an alias has no anchor', node);
    return target;
  }

  #scalar(node: Scalar): Node {
    const text = typeof node.value === 'string' ? node.value : (node.source ?? '');
    const kind = node.tag === undefined || node.tag === '?' ? (node.type === 'PLAIN' || node.type === undefined ? kindOfScalar(text) : 'str') : this.#tagged(node);
    if (kind === 'str') return text;
    if (kind === 'null') return null;
    if (kind === 'bool') return readBool(text);
    const value = kind === 'int' ? readInteger(text) : kind === 'float' ? readFloat(text) : undefined;
    if (value === undefined) throw this.#refuse(`'${text}' is not a value; put it in quotes if it is text`, node);
    return value;
  }

  #tagged(node: Scalar): ReturnType<typeof kindOfScalar> {
    const tag = node.tag === '!' ? `${tagPrefix}str` : String(node.tag);
    const kind = ['str', 'int', 'float', 'bool', 'null'].find((name) => tag === tagPrefix + name);
    if (kind === undefined) throw this.#refuse(`the tag ${tag} is not supported`, node);
    return kind as ReturnType<typeof kindOfScalar>;
  }

  #isMerge(key: YamlNode | null): boolean {
    return isScalar(key) && key.value === '<<' && (key.type === 'PLAIN' || key.type === undefined) && key.tag === undefined;
  }

  /** Own keys go before merged ones; of several merged ones the first counts. */
  #map(map: YAMLMap): NodeTree {
    const pairs = map.items as { key: YamlNode | null; value: YamlNode | null }[];
    const merged = pairs.filter(({ key }) => this.#isMerge(key)).flatMap(({ value }) => this.#merged(value)).toReversed();
    const own = new Map<string, Node>();
    for (const { key, value } of pairs.filter((pair) => !this.#isMerge(pair.key))) {
      const read = this.#key(key);
      if (typeof read === 'string' && own.has(read)) throw this.#refuse(`the key '${read}' is there twice`, key);
      own.set(typeof read === 'string' ? read : pythonText(read), this.#node(value));
    }
    return Object.fromEntries([...merged.flatMap((tree) => Object.entries(tree)), ...own]);
  }

  #key(node: YamlNode | null): Node {
    const key = node === null ? null : this.#node(node);
    if (key === null || typeof key === 'object') throw this.#refuse('a key is neither a text nor a number', node);
    if (typeof key === 'string' && isPrototypeKey(key)) throw this.#refuse(`the key '${key}' names an object's prototype; use another name`, node);
    return key;
  }

  #merged(value: YamlNode | null): NodeTree[] {
    const node = value === null ? null : this.#target(value);
    const parts = node !== null && isSeq(node) ? (node.items as YamlNode[]) : [node];
    return parts.map((part) => {
      const tree = this.#node(part);
      if (!isTree(tree)) throw this.#refuse('<< takes a mapping or a list of mappings', value);
      return tree;
    });
  }

  #refuse(why: string, node: YamlNode | null, cause?: unknown): LabError {
    const at = node?.range?.[0];
    const place = at === undefined ? '' : ` (line ${this.#lines.linePos(at).line})`;
    return new LabError('CONFIG_INVALID', `${this.#source} is not valid YAML: ${why}${place}.`, { place: { file: this.#source }, cause });
  }
}

/** The value of a YAML text. @param source what the text is, for errors @throws LabError CONFIG_INVALID */
export const readYaml = (text: string, source: string): Node => new Reader(text, source).read();
