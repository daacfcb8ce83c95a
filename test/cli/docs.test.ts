// docs/cli.md names every command and every flag that there is.
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { registerCompare } from '../../src-main/cli/commands/compare.ts';
import { registerDatasets } from '../../src-main/cli/commands/datasets.ts';
import { registerEngines } from '../../src-main/cli/commands/engines.ts';
import { registerRun } from '../../src-main/cli/commands/run.ts';
import { registerRuns } from '../../src-main/cli/commands/runs.ts';
import { registerServe } from '../../src-main/cli/commands/serve.ts';

const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
const program = new Command('vsgd-lab');
const withLab = () => Promise.resolve();
for (const register of [registerRun, registerRuns, registerDatasets, registerEngines, registerCompare]) register(program, withLab);
registerServe(program, withLab, '0');

/** Commands with those below them, by their words: runs export. */
const below = (command: Command, prefix: string): [string, Command][] =>
  command.commands.flatMap((one) => { const name = `${prefix}${one.name()}`; return [[name, one] as [string, Command], ...below(one, `${name} `)]; });

test.each(below(program, ''))('%s', (name, command) => {
  expect(page).toMatch(new RegExp(`\\b${name.split(' ').at(-1)}\\b`));
  expect(command.options.map(({ long }) => long).filter((flag) => !new RegExp(`${flag}\\b(?!-)`).test(page))).toEqual([]);
});
