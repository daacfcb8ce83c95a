// Checks the rules that no linter knows: first-line comments, file names, mirrored tests; prints the distribution of file lengths.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const limits = { mirrored: 0.9, readmeLines: 150 };

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? walk(path) : [path];
  });
}

const quantile = (sorted: number[], share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
const lineCount = (file: string) => readFileSync(file, 'utf8').split('\n').length - 1;

/** Files without a first-line comment or with a name that says nothing. */
function structureFaults(files: string[]): string[] {
  const faults: string[] = [];
  for (const file of files) {
    const first = readFileSync(file, 'utf8').replace(/^#!.*\n/, '');
    if (!/^(\/\/|\/\*)/.test(first)) faults.push(`${relative(root, file)}: the first line must say in a comment what the file is`);
    if (/^(utils|helpers)\.ts$/.test(basename(file))) faults.push(`${relative(root, file)}: name it by its content`);
  }
  return faults;
}

/** Sources without a test in a place that mirrors theirs: a test of the same path, or any test in the mirrored folder (or the one above). */
function unmirrored(files: string[]): string[] {
  const tests = walk(join(root, 'test')).filter((file) => file.endsWith('.test.ts')).map((file) => relative(join(root, 'test'), file));
  return files.filter((file) => {
    const folder = dirname(relative(join(root, 'src-main'), file));
    const places = [folder, dirname(folder)].filter((place) => place !== '.');
    return !tests.some((test) => places.some((place) => dirname(test) === place || test === `${place}.test.ts`));
  });
}

function main(): number {
  const files = walk(join(root, 'src-main')).filter((file) => file.endsWith('.ts'));
  const lines = files.map(lineCount).toSorted((a, b) => a - b);
  const faults = structureFaults(files);
  const subjects = files.filter((file) => !/index\.ts$|\.d\.ts$/.test(file) && !file.includes(`${sep}contract${sep}`) && !file.includes(`${sep}wasmAssembly${sep}`));
  const missing = unmirrored(subjects);
  const share = 1 - missing.length / Math.max(1, subjects.length);
  console.log(`style: ${files.length} files, lines median ${quantile(lines, 0.5)}, p90 ${quantile(lines, 0.9)}, longest ${lines.at(-1) ?? 0}; ${(share * 100).toFixed(0)} % mirrored by tests`);
  if (share < limits.mirrored) faults.push(`${missing.length} sources without a mirrored test:\n    ${missing.map((file) => relative(root, file)).join('\n    ')}`);
  const readme = join(root, 'README.md');
  if (existsSync(readme) && statSync(readme).size > 0 && lineCount(readme) > limits.readmeLines) faults.push(`README.md is longer than ${limits.readmeLines} lines`);
  for (const fault of faults) console.error(`style: ${fault}`);
  return faults.length === 0 ? 0 : 1;
}

process.exitCode = main();
