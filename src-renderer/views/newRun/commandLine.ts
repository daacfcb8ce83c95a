// The command line that does the same as the form, and back.
const plain = /^[\w@%+=:,./~^-]+$/;

/** One override as a POSIX shell takes it. */
export const quote = (word: string): string => (plain.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** `vsgd-lab run [-m] [--engine NAME] overrides…` */
export const commandLine = (overrides: string[], multirun: boolean, engine = 'auto'): string => ['vsgd-lab', 'run', ...(multirun ? ['-m'] : []), ...(engine === 'auto' ? [] : ['--engine', quote(engine)]), ...overrides.map(quote)].join(' ');

/** The words of a command line: quotes and backslashes as in a POSIX shell; a backslash before a line's end joins lines. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  const pattern = /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(\r?\n|.)|(\s+)|([^\s'"\\]+)/gsu;
  let word: string | null = null;
  for (const [, single, double, escaped, space, bare] of text.matchAll(pattern)) {
    if (space !== undefined) {
      if (word !== null) words.push(word);
      word = null;
    } else if (escaped !== undefined) {
      if (!/^\r?\n$/.test(escaped)) word = (word ?? '') + escaped;
    } else word = (word ?? '') + (single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? bare ?? '');
  }
  return word === null ? words : [...words, word];
}

/** Overrides, the sweep flag and the engine of a pasted command line, whatever it begins with: `vsgd-lab run`, `npm run lab -- run`, `python train.py`. */
export function parseCommandLine(text: string): { overrides: string[]; multirun: boolean; engine: string } {
  const words = splitWords(text);
  const engine = words.find((word) => word.startsWith('--engine='))?.slice('--engine='.length) ?? words[words.indexOf('--engine') + 1 || words.length] ?? 'auto';
  const overrides = words.filter((word) => /^[~+]|^[\w./@]+=/.test(word) && !word.startsWith('--'));
  return { overrides, engine, multirun: words.includes('-m') || words.includes('--multirun') };
}
