// What the command line prints: tables, numbers in the house's form, JSON, errors. What it writes where a person said.
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { entryOf, errorCodes, LabError, serializeError, toLabError, visibleJson, visibleLines, visibleText } from '#contract';

const colors = { red: 31, green: 32, yellow: 33, blue: 34, dim: 2, bold: 1 } as const;

/** Stands before the number of a color of ours. Nobody outside knows it, so no text of theirs can be taken for one. */
const mark = `\u001b${randomBytes(8).toString('hex')}`;
const marks = new RegExp(`${mark}(\\d+)m`);

/** Color on a terminal, unless NO_COLOR. To be printed by `print` and its like. */
export function paint(text: string, color: keyof typeof colors): string {
  return process.stdout.isTTY && !process.env.NO_COLOR ? `${mark}${colors[color]}m${text}${mark}0m` : text;
}

/** Text as a terminal may get it: colors of ours, and everything that a terminal would obey visible as an escape. */
const shown = (text: string): string => text.split(marks).map((part, index) => (index % 2 === 1 ? `\u001b[${part}m` : visibleLines(part))).join('');

export const printJson = (value: unknown): void => { process.stdout.write(`${visibleJson(JSON.stringify(value, null, 2))}\n`); };
export const print = (text = ''): void => { process.stdout.write(`${shown(text)}\n`); };
/** Text that has its own line breaks. */
export const printText = (text: string): void => { process.stdout.write(shown(text)); };
/** Progress and remarks: not part of what a script reads. */
export const remark = (text: string): void => { process.stderr.write(`${shown(text)}\n`); };
/** One line in place of the one before, on a terminal; it is cut to the terminal's width. Without text the line is cleared. */
export const replaceLine = (text = ''): void => { process.stderr.write(`\r\u001b[2K${visibleText(text).slice(0, (process.stderr.columns ?? 80) - 1)}`); };

const plain = (text: string) => text.split(marks).filter((_, index) => index % 2 === 0).join('');
/** A cell is one line, whatever it holds. */
const cellText = (text: string): string => text.split(marks).map((part, index) => (index % 2 === 1 ? `${mark}${part}m` : visibleText(part))).join('');

/** Columns aligned; numbers to the right. */
export function table(given: string[][]): string {
  const rows = given.map((row) => row.map(cellText));
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => plain(row[column] ?? '').length)));
  return rows.map((row) => row.map((text, column) => {
    const fill = ' '.repeat((widths[column] ?? 0) - plain(text).length);
    return /^[-\d.]+( ±.*| %.*| [a-zA-Z/]+)?$/.test(plain(text)) ? fill + text : text + fill;
  }).join('  ').trimEnd()).join('\n');
}

/** Four significant digits. */
export const short = (value: number): string => (Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value));
export const percent = (value: number): string => `${(value * 100).toFixed(2)} %`;

/** 2 h 14 min, 3 min 5 s, 4.2 s. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds); // before it is split: 119.7 s are 2 min 0 s
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** 236.6 MB */
export function bytes(count: number): string {
  const step = count < 1000 ? 0 : Math.min(4, Math.floor(Math.log10(count * 1.00005) / 3)); // 999,960 is 1.0 MB
  return step === 0 ? `${count} B` : `${(count / 1000 ** step).toFixed(1)} ${['', 'kB', 'MB', 'GB', 'TB'][step]}`;
}

/** 31.2 it/s or 0.84 s/it */
export const rate = (perSecond: number): string => (perSecond >= 1 ? `${perSecond.toFixed(1)} it/s` : `${(1 / perSecond).toFixed(2)} s/it`);

const refusals: Record<string, (file: string) => string> = {
  ENOENT: (file) => `there is no folder ${dirname(file)}. Make it, or choose another`,
  EACCES: (file) => `you may not write ${file}. Choose another place, or mend its permissions`,
  EISDIR: (file) => `${file} is a folder. Name a file in it`,
  ENOTDIR: (file) => `part of ${file} is a file and no folder. Choose another place`,
  EEXIST: (file) => `${file} is a file and no folder. Choose another place`,
};
refusals.EPERM = refusals.EROFS = refusals.EACCES as (file: string) => string;

/** Does work that writes `file`, or into it where it is a folder. @throws LabError USAGE, DISK_FULL where the system refuses */
export async function writingTo<T>(file: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    if (code === 'ENOSPC') throw new LabError('DISK_FULL', `Nothing was written: the disk that holds ${file} is full. Free some space and try again.`, { place: { file }, cause });
    const refusal = entryOf(refusals, code);
    throw refusal ? new LabError('USAGE', `Nothing was written: ${refusal(file)}.`, { place: { file }, cause }) : cause;
  }
}

/** Prints an error to standard error, whose JSON form is promised, and returns its exit code. */
export function printError(thrown: unknown, json: boolean): number {
  const error = toLabError(thrown);
  if (json) process.stderr.write(`${visibleJson(JSON.stringify({ error: serializeError(error) }, null, 2))}\n`);
  else {
    remark(`${paint('Error', 'red')}: ${error.message}`);
    if (error.code === 'INTERNAL' && error.cause instanceof Error) remark(error.cause.stack ?? '');
  }
  return errorCodes[error.code];
}
