// What the benches' command lines share: values are checked before anything is measured, and what is wrong is said in words, with exit code 2.

/** Something on the command line that cannot be meant. */
export class UsageError extends Error {}

const isUsage = (error: unknown): boolean => error instanceof UsageError || (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));

/** The parts of a list. */
export const partsOf = (text: string, separator = ','): string[] => text.split(separator).map((part) => part.trim());

/** A whole number of at least 1. @throws UsageError */
export function countOf(name: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`${name} takes a whole number of at least 1, not '${text}'.`);
}

/** A list of names of which all are known. @throws UsageError */
export function namesOf(name: string, text: string, known: readonly string[]): string[] {
  const names = partsOf(text);
  const unknown = names.filter((one) => !known.includes(one));
  if (unknown.length === 0) return names;
  throw new UsageError(`${name}: there is no ${unknown.map((one) => `'${one}'`).join(', ')}. There are ${known.join(', ')}.`);
}

/**
 * A bench as a program: prints the usage where `read` gives null, otherwise measures, and ends the process.
 * @param measure gives whether all of ours could be measured
 */
export async function runProgram<Options>(usage: string, read: (args: string[]) => Options | null, measure: (options: Options) => Promise<boolean>): Promise<never> {
  try {
    const options = read(process.argv.slice(2));
    if (options === null) process.stdout.write(usage);
    else if (!(await measure(options))) process.exitCode = 1;
  } catch (error) {
    process.exitCode = isUsage(error) ? 2 : 1;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${process.exitCode === 2 ? `\n${usage}` : ''}`);
  }
  return process.exit();
}
