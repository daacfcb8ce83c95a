// `vsgd-lab run [overrides…]`: compose, queue, train, report.
import { Option, type Command } from 'commander';
import { choicesHelp, composeRun, configurationHelp, getAt, isTree, toYaml, type Composed } from '#config';
import { comparisonSchema, engineNames, LabError, visibleText } from '#contract';
import { comparisonTable, composeWithData, enqueueRuns, needsData, showRun, stepsOf, type Lab } from '#services';
import { bringToRest, spawnHost } from '../hosting.ts';
import { print, printJson, remark, table } from '../output.ts';
import { shownTable } from './compare.ts';
import { promised, type Shared, type WithLab } from './shared.ts';

const infoKinds = ['all', 'defaults', 'searchpath'] as const;

type RunFlags = Shared & {
  multirun?: boolean; engine: string; cfg?: string; info?: true | (typeof infoKinds)[number]; configDir?: string; configName?: string; package?: string;
  needed?: boolean; detach?: boolean; name?: string; resolve?: boolean; tag?: string[];
};

/** The YAML of one package, or of everything, as Hydra prints it. @throws LabError USAGE for a package that there is not */
function packageYaml(exact: Composed['exact'], name: string | undefined): string {
  if (name === undefined || name === '_global_') return toYaml(exact).trimEnd();
  const value = getAt(exact, name);
  if (value === undefined) throw new LabError('USAGE', `The configuration has no '${name}'. --package takes a dotted key, for instance train.optimizer.`, { place: { key: '--package' } });
  return isTree(value) || Array.isArray(value) ? `# @package ${name}\n${toYaml(value).trimEnd()}` : toYaml(value).trimEnd();
}

function checkExplained({ multirun, cfg }: RunFlags): void {
  const flag = cfg ? '--cfg' : '--info';
  if (multirun) throw new LabError('USAGE', `${flag} takes no sweep, as in Hydra: leave -m out and give every key one value.`, { place: { key: flag } });
  if (cfg === 'hydra') throw new LabError('USAGE', "--cfg hydra: there is no configuration of Hydra's own here. Use --cfg job for the run's, --info for where it comes from.", { place: { key: '--cfg' } });
}

/** Prints what the overrides are composed to, or from where, as Hydra does; a sweep has no one configuration. @throws LabError USAGE with -m */
function explain(lab: Lab | null, overrides: string[], flags: RunFlags): void {
  checkExplained(flags);
  const { cfg, info, configDir, configName, json } = flags;
  const { config, exact, warnings, sources, searchPath } = composeWithData(lab, { overrides, configDir, configName, stepsOf: (experiment) => stepsOf(lab, experiment) }, { strict: false });
  for (const warning of warnings) remark(`Warning: ${warning}`);
  if (cfg) return json ? printJson(config) : print(packageYaml(exact, flags.package));
  const files = sources.map(({ file, package: place }) => ({ config: file.path, package: place || '_global_', file: file.source }));
  if (json) return printJson({ ...(info === 'defaults' ? {} : { searchPath }), ...(info === 'searchpath' ? {} : { defaults: files }) });
  const parts = {
    searchpath: `Search path\n${searchPath.map((folder) => `  ${folder}`).join('\n')}`,
    defaults: `Defaults list\n${table([['Config', 'Package', 'File'], ...files.map((one) => [one.config, one.package, one.file])])}`,
  };
  print(info === 'defaults' || info === 'searchpath' ? parts[info] : `${parts.searchpath}\n\n${parts.defaults}`);
}

async function runAll(lab: Lab, overrides: string[], flags: RunFlags): Promise<number> {
  const made = enqueueRuns(lab, { overrides, multirun: flags.multirun, configDir: flags.configDir, configName: flags.configName, engine: flags.engine, name: flags.name, needed: flags.needed, tags: flags.tag, installed: true });
  const quiet = flags.quiet === true || flags.json === true;
  for (const warning of new Set(made.flatMap(({ warnings }) => warnings))) remark(`Warning: ${warning}`);
  if (!quiet) made.forEach((run, index) => remark(`#${index} : ${visibleText(run.overrides.join(' '))}${run.reused ? `  (finished before: ${run.id})` : ''}`));
  if (flags.detach) {
    spawnHost(lab);
    if (flags.json) printJson(promised(made.map(({ id }) => showRun(lab, id))));
    else made.forEach(({ id }) => print(id));
    return 0;
  }
  const { runs, code } = await bringToRest(lab, made.map(({ id }) => id), { quiet });
  if (flags.json) printJson(promised(runs));
  else if (!flags.quiet) {
    const measured = runs.some(({ metrics }) => Object.keys(metrics).length > 0);
    if (measured) print(`${shownTable(comparisonTable(lab, comparisonSchema.parse({ runs: runs.map(({ id }) => id) })), 'test/accuracy')}\n`);
    print(`${runs.length === 1 ? `vsgd-lab runs show ${runs[0]?.id}` : 'vsgd-lab runs list'} shows more.`);
  }
  return code;
}

export function registerRun(program: Command, withLab: WithLab): void {
  program.command('run')
    .description('train: compose a configuration from overrides (key=value, group=option), queue it, and see it to the end')
    .argument('[overrides...]', 'Hydra overrides, for instance experiment=cifar100_vgg train/optimizer=vsgd train.optimizer.lr=0.01')
    .option('-m, --multirun', 'a sweep: one run per combination of comma-separated values, choice(…), range(…), glob(…)')
    .option('--engine <name>', engineNames.join(', '), 'auto')
    .addOption(new Option('-c, --cfg <what>', 'print the configuration as YAML and run nothing').choices(['job', 'all', 'hydra']))
    .option('-p, --package <key>', 'with --cfg: only this part, for instance train.optimizer')
    .option('--resolve', 'with --cfg: interpolations are always resolved; kept for Hydra\'s command lines')
    .addOption(new Option('-i, --info [what]', 'print the defaults list and the search path and run nothing').choices(infoKinds))
    .option('--config-dir <folder>', 'a configuration tree that goes before ours, for instance a checkout of the published one; also as --config-path')
    .option('--config-name <name>', 'the primary configuration')
    .option('--needed', 'reuse a finished run with the same configuration')
    .option('--detach', 'queue and return; a host of its own works off the queue')
    .option('--name <name>', 'name of the run')
    .option('--tag <tag>', 'a tag of the run; again for a further one', (tag: string, before: string[] | undefined) => [...(before ?? []), tag])
    .addHelpText('after', () => `\n${choicesHelp()}\n\n${configurationHelp()}\n`)
    .action(async (overrides: string[], _options, command: Command) => {
      const flags = command.optsWithGlobals<RunFlags>();
      if (flags.package !== undefined && !flags.cfg) throw new LabError('USAGE', '--package goes with --cfg job: it prints a part of the configuration.', { place: { key: '--package' } });
      if (flags.cfg || flags.info) {
        const { configDir, configName, multirun } = flags;
        if (multirun || !needsData(composeRun({ overrides, configDir, configName }).config)) return explain(null, overrides, flags);
        return withLab(flags, (lab) => {
          explain(lab, overrides, flags);
          return 0;
        });
      }
      await withLab(flags, (lab) => runAll(lab, overrides, flags));
    });
}
