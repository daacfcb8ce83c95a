#!/usr/bin/env node
// The command line: `vsgd-lab COMMAND`. Global flags, commands by noun, one place where errors become exit codes.
import './hardened.ts';
import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';
import { entryOf, LabError } from '#contract';
import { openLab } from '#services';
import { registerCompare } from './commands/compare.ts';
import { registerDatasets } from './commands/datasets.ts';
import { registerEngines } from './commands/engines.ts';
import { registerRun } from './commands/run.ts';
import { registerRuns } from './commands/runs.ts';
import { registerServe } from './commands/serve.ts';
import type { Shared, WithLab } from './commands/shared.ts';
import { workOffQueue } from './hosting.ts';
import { printError, printText, remark } from './output.ts';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

/** Known before the options are parsed: their errors are JSON, too. */
const json = process.argv.includes('--json');

/** Opens the home for a command and closes it after; the command's number is the exit code. */
const withLab: WithLab = async (flags, work) => {
  const lab = openLab(flags.home, { onNotice: (notice) => remark(`Notice: ${notice}`) });
  try {
    process.exitCode = await work(lab);
  } finally {
    lab.close();
  }
};

function createProgram(): Command {
  const program = new Command('vsgd-lab')
    .description('Train image classifiers with VSGD, Adam, AdamW and SGD; keep, resume and compare the runs.')
    .option('--json', 'print JSON for programs')
    .option('-q, --quiet', 'no progress, only warnings and what failed')
    .option('--home <folder>', 'where runs and data sets are kept (or VSGD_LAB_HOME)')
    .exitOverride()
    .configureOutput({ writeOut: printText, writeErr: (text) => remark(text.trimEnd()), outputError: (text, write) => { if (!json) write(text.replace(/^error:/, 'Error:')); } })
    .showSuggestionAfterError(true)
    .configureHelp({ showGlobalOptions: true });
  // `engines install … --version 2.21.0` means TensorFlow's; commander would take it for ours wherever it stands.
  if (!(process.argv.includes('engines') && process.argv.includes('install'))) program.version(version);
  registerRun(program, withLab);
  registerRuns(program, withLab);
  registerDatasets(program, withLab);
  registerEngines(program, withLab);
  registerCompare(program, withLab);
  registerServe(program, withLab, version);
  program.command('host', { hidden: true }).action(async (_options, command: Command) => {
    await withLab(command.optsWithGlobals<Shared>(), workOffQueue);
  });
  for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)]) command.exitOverride();
  return program;
}

// `| head` closes the pipe early; that is no error of ours.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
    throw error;
  });
}

/** Hydra's flags of two letters behind one dash, which no option parser of ours reads, and its other name for a tree; and -i alone where an override follows. */
const hydraFlags: Record<string, string> = { '-cd': '--config-dir', '-cn': '--config-name', '-cp': '--config-dir', '--config-path': '--config-dir' };
const ourFlag = (word: string): string => entryOf(hydraFlags, word) ?? word.replace(/^--config-path=/, '--config-dir=');
const bareInfo = (word: string, next = ''): boolean => (word === '-i' || word === '--info') && /^[~+]|=/.test(next);

try {
  await createProgram().parseAsync(process.argv.map((word, at) => (bareInfo(word, process.argv[at + 1]) ? '--info=all' : ourFlag(word))));
} catch (error) {
  if (error instanceof CommanderError && error.exitCode === 0) process.exitCode = 0;
  else if (error instanceof CommanderError) process.exitCode = json ? printError(new LabError('USAGE', error.message.replace(/^error: /, '')), json) : 2;
  else process.exitCode = printError(error, json);
}
