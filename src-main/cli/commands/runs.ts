// `vsgd-lab runs …`: list, show, stop, pause, resume, reorder, fork, delete, restore, purge, tag, rename, log, export, import, rebuild, verify.
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import { engineNames, errorCodes, isResting, LabError, runStates, visibleText, workSeconds, type ConfigValue, type EngineInfo, type RunDetail, type RunState, type RunSummary } from '#contract';
import { describeUnstarted } from '#runs';
import { checkExportFolder, editRun, endRun, entryOfRun, exportBundle, exportRun, filterViews, findRun, forkRun, importBundle, isFilter, listRunSummaries, logTail, metricOf, moveInQueue, moveToFront, notesOf, purgeRuns, rebuildLab, restoreRun, resumeRun, selectRuns, showRun, trashRun, verifyLab, type ForkChanges, type Lab } from '#services';
import { bringToRest, spawnHost } from '../hosting.ts';
import { bytes, duration, paint, percent, print, printJson, printText, remark, short, table, writingTo } from '../output.ts';
import { plotCurve } from '../plot.ts';
import { promised, type Shared, type WithLab } from './shared.ts';

const stateColors: Partial<Record<RunState, 'green' | 'red' | 'yellow' | 'blue'>> = { finished: 'green', failed: 'red', interrupted: 'yellow', running: 'blue', starting: 'blue' };
const colored = (state: RunState) => (stateColors[state] ? paint(state, stateColors[state]) : state);
const took = (run: RunSummary) => (run.startedAt ? duration(workSeconds(run, run.endedAt ? Date.parse(run.endedAt) : Date.now())) : '');

type ListFlags = Shared & { state?: RunState[]; trash?: boolean };

function printList(runs: RunSummary[], { text, state, trash, filtered }: ListFlags & { text?: string; filtered: boolean }): void {
  if (runs.length === 0 && filtered) return print(`No runs${trash ? ' in the trash' : ''} match the filter '${text}'${state ? ` and are ${state.join(' or ')}` : ''}. vsgd-lab runs list shows all.`);
  if (runs.length === 0 && (text || state)) return print(`No run${trash ? ' of the trash' : ''}${text ? ` has '${text}' in its name or configuration` : ''}${text && state ? ' and' : ''}${state ? ` is ${state.join(' or ')}` : ''}. vsgd-lab runs list shows all.`);
  if (runs.length === 0 && trash) return print('The trash is empty.');
  if (runs.length === 0) return print('There are no runs yet. vsgd-lab run -m experiment=quickstart train/optimizer=notebook_vsgd,notebook_adam,notebook_sgd makes three.');
  print(table([['id', 'name', 'state', 'took'], ...runs.map((run) => [run.id, run.name, colored(run.state), took(run)])]));
}

const valueOf = (key: string, value: number | string | null) => (value === null ? '' : typeof value === 'string' ? value : key.endsWith('accuracy') ? percent(value) : short(value));

/** Name and device, threads, and the numbers that it computes in where they are not plain float32. */
const engineText = ({ name, device, threads, tf32, mixedPrecision }: EngineInfo) =>
  `${name} (${[device, ...(threads === undefined ? [] : [`${threads} threads`]), ...(tf32 ? ['TF32'] : []), ...(mixedPrecision ? [`products in ${mixedPrecision}`] : [])].join(', ')})`;

function printRun(lab: Lab, run: RunDetail, metric: string | undefined): void {
  print(`${paint(visibleText(run.name), 'bold')}  ${colored(run.state)}${run.reason ? `\n${run.reason}` : ''}`);
  print(`${run.id}\n${visibleText(run.overrides.join(' '))}\nengine ${run.engine ? engineText(run.engine) : '-'}, data set ${run.dataset.name}, step ${run.step}, took ${took(run)}`);
  for (const { until, version, ...engine } of run.engine?.earlier ?? []) print(`steps to ${until} by ${engineText({ device: 'device unknown', ...engine })}, version ${version}: the bits are not those of a run that went through`);
  for (const { name, reason } of run.engine?.tried ?? []) print(`passed over ${name}: ${reason}`);
  print();
  const rows = Object.entries(run.metrics).map(([key, { last, lastStep, min, minStep, max, maxStep }]) => [key, valueOf(key, last), String(lastStep), valueOf(key, min), String(minStep ?? ''), valueOf(key, max), String(maxStep ?? '')]);
  print(table([['metric', 'last', 'step', 'min', 'step', 'max', 'step'], ...rows]));
  const key = metric ?? ['test/accuracy', 'train/loss'].find((name) => (run.metrics[name]?.count ?? 0) > 2);
  if (key) {
    const lines = plotCurve(metricOf(lab, run.id, key));
    if (lines.length === 0) throw new LabError('NOT_FOUND', `Run ${run.id} has no finite value of '${key}'. It has ${Object.keys(run.metrics).join(', ') || 'no metrics yet'}.`);
    print(`\n${key}\n${lines.join('\n')}`);
  }
  for (const checkpoint of run.checkpoints) print(`\n${checkpoint.path}  step ${checkpoint.step}  ${bytes(checkpoint.bytes)}  ${checkpoint.sha256.slice(0, 16)}`);
  for (const { level, message } of notesOf(lab, run.id)) print(`\n${level}: ${message}`);
}

function registerReading(runs: Command, withLab: WithLab): void {
  runs.command('list').description('all runs, oldest first').addOption(new Option('--state <state...>', 'only those').choices(runStates)).option('--trash', 'those in the trash').argument('[filter...]', "part of a name or configuration; or conditions as in the app: tag:study 'lr<0.05'")
    .action(async (words: string[], _options, command: Command) => {
      const flags = command.optsWithGlobals<ListFlags>();
      await withLab(flags, (lab) => {
        const text = words.length > 0 ? words.join(' ') : undefined;
        const list = isFilter(words)
          ? filterViews(lab, words, { trashed: flags.trash }).filter(({ state }) => !flags.state || flags.state.includes(state)).map(entryOfRun)
          : listRunSummaries(lab, { text, states: flags.state, trashed: flags.trash });
        if (flags.json) printJson(promised(list));
        else printList(list, { ...flags, text, filtered: isFilter(words) });
        return 0;
      });
    });
  runs.command('show').description('one run: best and last values with their steps, a curve, checkpoints, notes').argument('<run>').option('--metric <key>', 'the curve to draw')
    .action(async (reference: string, _options, command: Command) => {
      const flags = command.optsWithGlobals<Shared & { metric?: string }>();
      await withLab(flags, (lab) => {
        const run = showRun(lab, reference);
        if (flags.json) printJson(promised([run])[0]);
        else printRun(lab, run, flags.metric);
        return 0;
      });
    });
  runs.command('log').description('what a run\'s trainer printed').argument('<run>').action(async (reference: string, _options, command: Command) => {
    await withLab(command.optsWithGlobals<Shared>(), (lab) => {
      const { id, state } = findRun(lab, reference);
      const { text: printed } = logTail(lab, id, Infinity);
      if (printed === '') remark(`Nothing was printed by the trainer of run ${id} (${state}).`);
      printText(printed);
      return 0;
    });
  });
}

/** Whether a run rests so that there is nothing to stop or pause. */
const isOver = (state: RunState, desired: 'stopped' | 'paused'): boolean => isResting(state) && state !== 'queued' && !(state === 'paused' && desired === 'stopped');

const written = (value: ConfigValue | undefined): string => (value === undefined ? 'absent' : JSON.stringify(value));

/** What a fork has other than its origin. */
function describeFork(origin: string, { differences, replaced }: ForkChanges): string[] {
  const groups = replaced.map(({ override, files }) => (files.length === 0 ? `${override} removes all values of its group.` : `${override} replaces all values of its group; they are read from ${files.join(', ')}.`));
  if (differences.length === 0) return [...groups, `The fork has the same configuration as run ${origin}.`];
  return [...groups, `The fork differs from run ${origin} in:`, ...differences.map(({ key, before, after }) => `  ${key}: ${written(before)} → ${written(after)}`)];
}

function registerControl(runs: Command, withLab: WithLab): void {
  for (const [name, desired, what] of [['stop', 'stopped', 'save a checkpoint and stop'], ['pause', 'paused', 'save a checkpoint and free the slot']] as const) {
    runs.command(name).description(what).argument('<runs...>').action(async (references: string[], _options, command: Command) => {
      const flags = command.optsWithGlobals<Shared>();
      await withLab(flags, async (lab) => {
        const ids = selectRuns(lab, references);
        const idle = ids.map((id) => findRun(lab, id)).filter((run) => isOver(run.state, desired));
        const ended = await Promise.all(ids.map((id) => endRun(lab, id, desired)));
        for (const { id, state } of idle) remark(`Run ${id} was ${state} already: there was nothing to ${name}.`);
        if (flags.json) printJson(promised(ended));
        else ended.forEach(({ id, state }) => print(`${id} ${state}`));
        return 0;
      });
    });
  }
  const bring = async (lab: Lab, ids: string[], flags: Shared & { detach?: boolean }) => {
    if (flags.detach) {
      spawnHost(lab);
      if (flags.json) printJson(promised(ids.map((id) => showRun(lab, id))));
      else ids.forEach((id) => print(id));
      return 0;
    }
    const { runs: done, code } = await bringToRest(lab, ids, { quiet: flags.quiet === true || flags.json === true });
    if (flags.json) printJson(promised(done));
    return code;
  };
  runs.command('resume').description('go on from the last checkpoint').argument('<runs...>').option('--engine <name>', `go on by another engine: ${engineNames.join(', ')}`).option('--detach', 'queue and return').action(async (references: string[], _options, command: Command) => {
    const flags = command.optsWithGlobals<Shared & { engine?: string; detach?: boolean }>();
    await withLab(flags, (lab) => bring(lab, selectRuns(lab, references).map((reference) => resumeRun(lab, reference, flags.engine)), flags));
  });
  runs.command('reorder').description('move queued runs to the front of the queue, or before another').argument('<runs...>').option('--before <run>', 'a queued run')
    .action(async (references: string[], _options, command: Command) => {
      const flags = command.optsWithGlobals<Shared & { before?: string }>();
      await withLab(flags, (lab) => {
        const ids = flags.before === undefined ? moveToFront(lab, references) : moveInQueue(lab, references, flags.before);
        if (flags.json) printJson(ids);
        else print(ids.join('\n'));
        return 0;
      });
    });
  runs.command('fork').description('a new run from a checkpoint of another, with changed settings').argument('<run>').argument('[overrides...]').option('--step <step>', 'which checkpoint', Number).option('--name <name>').option('--detach', 'queue and return')
    .action(async (...[reference, overrides, , command]: [string, string[], unknown, Command]) => {
      const flags = command.optsWithGlobals<Shared & { step?: number; name?: string; detach?: boolean }>();
      await withLab(flags, (lab) => {
        const origin = findRun(lab, reference).id;
        const fork = forkRun(lab, { id: origin, step: flags.step, overrides, name: flags.name });
        for (const warning of fork.warnings) remark(`Warning: ${warning}`);
        if (!flags.quiet) for (const line of describeFork(origin, fork)) remark(line);
        return bring(lab, [fork.id], flags);
      });
    });
}

function registerKeeping(runs: Command, withLab: WithLab): void {
  const each = (name: string, what: string, { work, trashed = false }: { work: (lab: Lab, reference: string) => string; trashed?: boolean }) =>
    runs.command(name).description(what).argument('<runs...>').action(async (references: string[], _options, command: Command) => {
      const flags = command.optsWithGlobals<Shared>();
      await withLab(flags, (lab) => {
        const ids = selectRuns(lab, references, { trashed }).map((id) => work(lab, id));
        if (flags.json) printJson(ids);
        else ids.forEach((id) => print(id));
        return 0;
      });
    });
  each('delete', 'move to the trash', { work: trashRun });
  each('restore', 'bring back from the trash', { work: restoreRun, trashed: true });
  runs.command('purge').description('delete what is in the trash for good').argument('[run]').action(async (reference: string | undefined, _options, command: Command) => {
    const flags = command.optsWithGlobals<Shared>();
    await withLab(flags, (lab) => {
      const ids = purgeRuns(lab, reference);
      if (flags.json) printJson(ids);
      else print(`${ids.length} run(s) deleted for good.`);
      return 0;
    });
  });
  runs.command('rename').description('give a run another name').argument('<run>').argument('<name>').action(async (...[reference, name, , command]: [string, string, unknown, Command]) =>
    withLab(command.optsWithGlobals<Shared>(), (lab) => {
      const id = editRun(lab, reference, { name });
      if (command.optsWithGlobals<Shared>().json) printJson(id);
      else print(id);
      return 0;
    }));
  runs.command('tag').description('set the tags of a run, or of those that fit a filter').argument('<run>').argument('[tags...]').action(async (...[reference, tags, , command]: [string, string[], unknown, Command]) =>
    withLab(command.optsWithGlobals<Shared>(), (lab) => {
      const ids = selectRuns(lab, [reference]).map((id) => editRun(lab, id, { tags }));
      if (command.optsWithGlobals<Shared>().json) printJson(ids);
      else ids.forEach((id) => print(id));
      return 0;
    }));
}

/** The folder of each run's export. @throws LabError CONFLICT where one holds another run's, unless forced */
function exportFolders(lab: Lab, references: string[], { to, force }: { to: string; force?: boolean }): [id: string, folder: string][] {
  const ids = selectRuns(lab, references);
  const folders = ids.map((id): [string, string] => [id, ids.length === 1 ? to : join(to, id)]);
  if (!force) for (const [id, folder] of folders) checkExportFolder(folder, id);
  return folders;
}

async function exportAll(lab: Lab, references: string[], flags: ExportFlags): Promise<string[]> {
  const { bundle, force, to } = flags;
  if (bundle === undefined) return writingTo(to, () => exportFolders(lab, references, flags).flatMap(([id, folder]) => exportRun(lab, id, { folder, force })));
  await writingTo(bundle, () => exportBundle(lab, selectRuns(lab, references), { file: bundle, force }));
  return [bundle];
}

type ExportFlags = Shared & { to: string; bundle?: string; force?: boolean };

function registerMoving(runs: Command, withLab: WithLab): void {
  runs.command('export').description('metrics (CSV, JSON), configuration (YAML) and checkpoints into a folder; or whole runs into a bundle').argument('<runs...>').option('--to <folder>', 'the folder', 'export').option('--bundle <file>', 'a tar file that `runs import` takes').option('--force', 'write over what is there')
    .action(async (references: string[], _options, command: Command) => {
      const flags = command.optsWithGlobals<ExportFlags>();
      await withLab(flags, async (lab) => {
        const written = await exportAll(lab, references, flags);
        if (flags.json) printJson(written);
        else written.forEach((path) => print(path));
        return 0;
      });
    });
  runs.command('import').description('take in a bundle').argument('<file>').action(async (file: string, _options, command: Command) => {
    const flags = command.optsWithGlobals<Shared>();
    await withLab(flags, async (lab) => {
      const result = await importBundle(lab, file);
      if (flags.json) printJson(result);
      else print(`${result.imported.length} run(s) imported${result.known.length > 0 ? `, ${result.known.length} were here already` : ''}.`);
      return 0;
    });
  });
  runs.command('rebuild').description('make the database again from the run directories').action((_options, command: Command) => {
    const flags = command.optsWithGlobals<Shared>();
    const result = rebuildLab(flags.home);
    if (flags.json) printJson(result);
    else print(`${result.runs} runs, ${result.rows} metric rows.`);
    if (result.setAside) remark(`The database before is kept as ${result.setAside}.`);
    for (const line of describeUnstarted(result.unstarted)) remark(line);
    for (const { folder, reason } of result.unreadable) remark(`Left out: ${folder}: ${reason}`);
  });
  runs.command('verify').description('compare the database with the run directories, run by run').argument('[runs...]', 'ids of runs')
    .action((...[ids, , command]: [string[], unknown, Command]) => {
      const flags = command.optsWithGlobals<Shared>();
      const { database, runs: compared } = verifyLab(flags.home, ids);
      const faulty = compared.filter(({ problems }) => problems.length > 0);
      if (flags.json) printJson({ database, runs: compared });
      else {
        if (database) print(database);
        for (const { id, name, problems } of faulty) print(`${id}  ${name ?? ''}\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
        if (!database) print(`${compared.length - faulty.length} of ${compared.length} runs agree with their folders${compared.some(({ skipped }) => skipped) ? '; those at work were not compared' : ''}.`);
        if (database || faulty.length > 0) remark('vsgd-lab runs rebuild makes the database again from the run directories.');
      }
      process.exitCode = database || faulty.length > 0 ? errorCodes.DATABASE_DAMAGED : 0;
    });
}

export function registerRuns(program: Command, withLab: WithLab): void {
  const runs = program.command('runs').description('the history: list, show, stop, resume, fork, delete, export, …');
  registerReading(runs, withLab);
  registerControl(runs, withLab);
  registerKeeping(runs, withLab);
  registerMoving(runs, withLab);
}
