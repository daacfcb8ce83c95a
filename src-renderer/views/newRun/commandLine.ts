// The command line that does the same as the form, and back.
import { isSweep } from './overrides.ts';

/** No tilde: shells make home folders of it. */
const plain = /^[\w@%+=:,./^-]+$/;

/** One override as a POSIX shell takes it. */
export const quote = (word: string): string => (plain.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** What a command line says. */
export type Launch = { overrides: string[]; engine: string; name: string; tags: string[] };

/** `vsgd-lab run [-m] [--engine NAME] [--name NAME] [--tag TAG]… overrides…` */
export function commandLine({ overrides, engine = 'auto', name = '', tags = [] }: Pick<Launch, 'overrides'> & Partial<Launch>): string {
  const options = [engine === 'auto' ? [] : ['--engine', engine], name === '' ? [] : ['--name', name], ...tags.map((tag) => ['--tag', tag])].flat();
  return ['vsgd-lab', 'run', ...(overrides.some(isSweep) ? ['-m'] : []), ...[...options, ...overrides].map(quote)].join(' ');
}

/** Tags that were typed with commas between them, each once. */
export const tagsOf = (text: string): string[] => [...new Set(text.split(',').map((tag) => tag.trim()).filter((tag) => tag !== ''))];

const piece = /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(\r?\n|.)|(\s+)|([^\s'"\\]+)|(['"\\].*$)/gsu;

/** The words of a command line: quotes and backslashes as in a POSIX shell; a backslash before a line's end joins lines. A quote without its end stays in its word. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  for (const [, single, double, escaped, space, bare, open] of text.matchAll(piece)) {
    if (space !== undefined) {
      if (word !== null) words.push(word);
      word = null;
    } else if (escaped !== undefined) {
      if (!/^\r?\n$/.test(escaped)) word = (word ?? '') + escaped;
    } else word = (word ?? '') + (single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? bare ?? open ?? '');
  }
  return word === null ? words : [...words, word];
}

const openEnd = (text: string): string | undefined => [...text.matchAll(piece)].find(([, , , , , , open]) => open !== undefined)?.[6];

const prompt = /^[$%>#]$/;
const assignment = /^[A-Za-z_]\w*=/;
const wrapper = /^(env|time|nice|nohup|command|exec)$/;
const runner = /^(.*[/\\])?(npm|npx|pnpm|yarn|node|python[\d.]*)(\.exe|\.cmd)?$/;
/** Our command, by name or by its files; `lab` is the script of `npm run`. */
const ours = /^(.*[/\\])?vsgd-lab(\.mjs|\.cmd|\.exe)?$|^lab$|\.(py|[cm]?[jt]s)$/;
const runnerWord = /^(run|run-script|exec|dlx|-.*)$/;
const runnerOptionWithValue = /^(--prefix|-C|--workspace|-w|--import|--require|-r)$/;

/** Words behind the program: `vsgd-lab run`, `npm run -s lab -- run`, `npx vsgd-lab run`, `node …/vsgd-lab.mjs run`, `python main.py`, each with a prompt or variables before it. */
function behindProgram(words: string[]): string[] {
  const from = Math.max(0, words.findIndex((word) => !prompt.test(word)));
  let at = from;
  while (at < words.length && (assignment.test(words[at] as string) || wrapper.test(words[at] as string))) at += 1;
  const first = words[at];
  if (first === undefined || !(runner.test(first) || ours.test(first) || first === 'run')) return words.slice(from); // no program: what looks like a variable is an override
  if (first !== 'run') {
    while (at < words.length && !ours.test(words[at] as string)) {
      if (!runner.test(words[at] as string) && !runnerWord.test(words[at] as string)) return words.slice(at);
      at += runnerOptionWithValue.test(words[at] as string) ? 2 : 1;
    }
    at += 1;
  }
  while (/^(--|-s|--silent|-q|--quiet)$/.test(words[at] ?? '')) at += 1;
  return words.slice(words[at] === 'run' ? at + 1 : at);
}
const override = /^[~+]*[\w./@$-]+(=|$)/;
const isOverride = (word: string): boolean => override.test(word) && (word.includes('=') || word.startsWith('~')) && !word.startsWith('-');

/** What a pasted command line says, and the words of it that the form has no place for. */
export function parseCommandLine(text: string): Launch & { unknown: string[] } {
  const found: Launch & { unknown: string[] } = { overrides: [], engine: 'auto', name: '', tags: [], unknown: [] };
  const open = openEnd(text);
  const words = behindProgram(splitWords(open === undefined ? text : text.slice(0, -open.length)));
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const [, option, joined] = /^--(engine|name|tag)(?:=(.*))?$/s.exec(word) ?? [];
    const value = option === undefined ? undefined : (joined ?? words.shift());
    if (option !== undefined && value === undefined) found.unknown.push(word);
    else if (option === 'engine') found.engine = value as string;
    else if (option === 'name') found.name = value as string;
    else if (option === 'tag') found.tags = [...new Set([...found.tags, value as string])];
    else if (isOverride(word)) found.overrides.push(word);
    else if (!['-m', '--multirun', '--detach'].includes(word)) found.unknown.push(word);
  }
  return open === undefined ? found : { ...found, unknown: [...found.unknown, open] };
}
