// `vsgd-lab engines …`: what can compute here and why another cannot; install, remove, measure.
import type { Command } from 'commander';
import { entryOf, LabError } from '#contract';
import { listEngines } from '#training';
import { discardInstallation, installEngine, removeEngine, runBenchmark } from '#services';
import { print, printJson, remark, short, table } from '../output.ts';
import { abortOnInterrupt, createReporter } from '../reporter.ts';
import type { Shared, WithLab } from './shared.ts';

type InstallFlags = Shared & { version?: string; wheel?: string[]; from?: string; index?: string };

const flavours: Record<string, 'cpu' | 'cuda'> = { tensorflow: 'cpu', 'tensorflow-cuda': 'cuda' };

function parseName(name: string): 'cpu' | 'cuda' {
  const flavour = entryOf(flavours, name);
  if (flavour) return flavour;
  throw new LabError('USAGE', `There is no engine '${name}' to install or remove. There are tensorflow and tensorflow-cuda; webgpu and wasm are part of the program.`, { place: { key: 'name' } });
}

function registerLists(engines: Command, withLab: WithLab): void {
  const told = { list: 'every engine, from fastest to slowest, and why it can be used or not, as last found', check: 'the same, every engine tried again' };
  for (const [name, description] of Object.entries(told)) {
    engines.command(name).description(description).action(async (_options, command: Command) => {
      const flags = command.optsWithGlobals<Shared>();
      await withLab(flags, async ({ home }) => {
        const list = await listEngines({ engines: home.engines, fresh: name === 'check' });
        if (flags.json) printJson(list);
        else print(table([['engine', 'usable', 'device', 'why'], ...list.map((row) => [row.name, row.chosen ? 'chosen' : row.usable ? 'yes' : 'no', row.device ?? '-', row.reason])]));
        return 0;
      });
    });
  }
}

function registerInstall(engines: Command, withLab: WithLab): void {
  engines.command('install')
    .description('install tensorflow or tensorflow-cuda; goes on where it was cut off')
    .argument('<name>')
    .option('--version <version>', 'a version of TensorFlow (the newest that was tried with this program)')
    .option('--wheel <file...>', 'wheels on this disk, TensorFlow\'s and for CUDA NVIDIA\'s')
    .option('--from <folder>', 'an installed Python package: site-packages/tensorflow, or the folder above it')
    .option('--index <address>', 'a package index (as pip is configured, else pypi.org)')
    .action(async (name: string, options: InstallFlags, command: Command) => {
      const flags = command.optsWithGlobals<InstallFlags>();
      const input = { flavour: parseName(name), version: options.version, wheels: options.wheel, from: flags.from, index: flags.index };
      await withLab(flags, async (lab) => {
        const { manifest, folder, probe } = await installEngine(lab, input, { signal: abortOnInterrupt(), onProgress: createReporter(flags.quiet === true || flags.json === true) });
        if (flags.json) printJson({ ...manifest, folder, ...probe });
        else print(`TensorFlow ${manifest.version} (${manifest.flavour}) is installed in ${folder}. ${probe.usable ? `It works: ${probe.device ?? ''}. ${probe.reason}` : ''}`.trimEnd());
        if (!probe.usable) remark(`It cannot be used yet: ${probe.reason}\nMend that and run this again: nothing is fetched anew. Without installing, vsgd-lab engines check tries it.`);
        return probe.usable ? 0 : 10;
      });
    });
  engines.command('remove').description('delete an installed engine').argument('<name>').action(async (name: string, _options, command: Command) => {
    parseName(name);
    await withLab(command.optsWithGlobals<Shared>(), async (lab) => { await removeEngine(lab, name); if (command.optsWithGlobals<Shared>().json) printJson({ removed: name }); else print(`${name} is removed.`); return 0; });
  });
  engines.command('discard').description('delete the downloads of an installation that was not brought to its end').action(async (_options, command: Command) =>
    withLab(command.optsWithGlobals<Shared>(), async (lab) => { await discardInstallation(lab); print('The downloads are deleted.'); return 0; }));
}

const cell = (value: number | null | undefined): string => (value === null || value === undefined ? '-' : short(value));

export function registerEngines(program: Command, withLab: WithLab): void {
  const engines = program.command('engines').description('compute engines: check what there is, install, remove, measure');
  registerLists(engines, withLab);
  registerInstall(engines, withLab);
  engines.command('bench').description('images per second of each model family on each usable engine (batch 32)').option('--model <name...>', 'only these: mnist, convmixer, vgg16, resnext, resnet18').action(async (options: { model?: string[] }, command: Command) => {
    const flags = command.optsWithGlobals<Shared>();
    await withLab(flags, async (lab) => {
      const result = await runBenchmark(lab, { models: options.model, signal: abortOnInterrupt(), onProgress: createReporter(flags.quiet === true || flags.json === true) });
      if (flags.json) {
        printJson(result);
        return 0;
      }
      const names = [...new Set(result.rows.map(({ engine }) => engine))];
      const models = [...new Set(result.rows.map(({ label }) => label))];
      print(`images/s, batch ${result.batch}, ${result.optimizer}; ${result.cpu}, ${result.cores} cores`);
      print(table([['model', ...names], ...models.map((model) => [model, ...names.map((name) => cell(result.rows.find((row) => row.label === model && row.engine === name)?.imagesPerSecond))])]));
      for (const { engine, label, reason } of result.rows) if (reason) remark(`${engine}, ${label}: ${reason}`);
      return 0;
    });
  });
}
