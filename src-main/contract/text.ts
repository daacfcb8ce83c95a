// Text from outside as it may be shown, stored or written into a file: names, tags, notes and messages can hold characters
// that a terminal, an editor or a file format obeys.
import { LabError } from './errors.ts';

/** Control characters (C0, DEL, C1), line and paragraph separators, and what overrides the direction of text. */
const beyondC0 = '\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069\\ufff9-\\ufffb';
const obeyed = new RegExp(`[\\u0000-\\u001f${beyondC0}]`, 'gu');
/** The same without tabs and line feeds. */
const withinLines = new RegExp(`[\\u0000-\\u0008\\u000b-\\u001f${beyondC0}]`, 'gu');
/** What XML does not allow either. */
const noncharacters = /[\ufffe\uffff]/gu;

const escapes: ReadonlyMap<string, string> = new Map([['\n', '\\n'], ['\r', '\\r'], ['\t', '\\t'], ['\u001b', '\\e']]);
const escaped = (character: string): string => escapes.get(character) ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** One line in which every such character is visible as an escape. */
export const visibleText = (text: string): string => text.replace(obeyed, escaped);

/** The same of text with lines: line breaks and tabs stay. */
export const visibleLines = (text: string): string => text.replaceAll('\r\n', '\n').replace(withinLines, escaped);

/** JSON with such characters as escapes, which mean the same to a parser. */
export const visibleJson = (json: string): string => json.replace(withinLines, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** One line for a document (SVG, PDF, LaTeX, Markdown): white space instead of line breaks, nothing that is obeyed, and no half of a surrogate pair. */
export const documentText = (text: string): string => text.toWellFormed().replace(/[\n\r\t\u2028\u2029]+/g, ' ').replace(obeyed, '').replace(noncharacters, '');

/** The same with its line feeds. */
export const documentLines = (text: string): string => text.split(/\r\n|[\n\r]/).map(documentText).join('\n');

/** Whether text can be a name or a tag: something to see, on one line, and nothing that is obeyed. */
export const isPlainName = (text: string): boolean => text.trim() !== '' && text.search(obeyed) < 0;

/** @throws LabError USAGE, showing the name with its characters escaped; `what`: "name of a run" */
export function checkPlainName(what: string, text: string): void {
  if (!isPlainName(text)) throw new LabError('USAGE', `The ${what} must have visible characters, and no line breaks or control characters; '${visibleText(text)}' is not possible. Choose another one.`, { place: { key: what.split(' ')[0] } });
}

/** @throws LabError USAGE for notes with control characters other than line breaks and tabs */
export function checkNotes(text: string): void {
  if (text.search(withinLines) >= 0) throw new LabError('USAGE', `Notes can have line breaks and tabs, but no other control characters; this text has some: '${visibleText(text).slice(0, 200)}'. Remove them.`, { place: { key: 'notes' } });
}
