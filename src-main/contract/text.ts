// Text from outside as it may be shown or stored: names, tags, notes and messages can hold characters that a terminal or a file format obeys.

/** Control characters (C0, DEL, C1), what reverses the direction of text, and line and paragraph separators. */
const obeyed = '\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069';
const obeyedPattern = new RegExp(`[${obeyed}]`, 'gu');
const withinLines = new RegExp(`[${obeyed}]`.replace('\\u0000-\\u001f', '\\u0000-\\u0008\\u000b-\\u001f'), 'gu');

const escapes: ReadonlyMap<string, string> = new Map([['\n', '\\n'], ['\r', '\\r'], ['\t', '\\t'], ['\u001b', '\\e']]);
const escaped = (character: string): string => escapes.get(character) ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** One line in which every such character is visible as an escape. */
export const visibleText = (text: string): string => text.replace(obeyedPattern, escaped);

/** The same of text with lines: line breaks and tabs stay. */
export const visibleLines = (text: string): string => text.replace(withinLines, escaped);

/** Without them, for formats in which an escape would be shown as part of the text. */
export const plainText = (text: string): string => text.replace(obeyedPattern, ' ');

/** Whether text can be a name or a tag: something to see, on one line, and nothing that is obeyed. */
export const isPlainName = (text: string): boolean => text.trim() !== '' && text.search(obeyedPattern) < 0;
