// `vsgd-lab datasets …`: list, download, import, verify, remove.
import type { Command } from 'commander';
import { importDataset, importSides, inspectDataset, installDataset, listDatasets, removeDataset, verifyDataset, type ImportResult } from '#datasets';
import { didYouMean, LabError, type DatasetInspection } from '#contract';
import { bytes, print, printJson, remark, table } from '../output.ts';
import { abortOnInterrupt, createReporter } from '../reporter.ts';
import type { Shared, WithLab } from './shared.ts';

function parseShare(text: string): number {
  const share = Number(text);
  if (share > 0 && share < 1) return share;
  throw new LabError('USAGE', `--hold-out must be a share between 0 and 1, as 0.1; it is '${text}'.`, { place: { key: '--hold-out' } });
}

function parseSide(text: string): number {
  const side = Number(text);
  if (/^\d+$/.test(text) && side >= importSides.min && side <= importSides.max) return side;
  throw new LabError('USAGE', `--x-dim must be a whole number of pixels from ${importSides.min} to ${importSides.max}; it is '${text}'.`, { place: { key: '--x-dim' } });
}

/** @throws LabError NOT_FOUND for the name of no data set, installed or to be had */
async function requireKnown(root: string, name: string): Promise<void> {
  const names = (await listDatasets(root)).map((entry) => entry.name);
  if (!names.includes(name)) throw new LabError('NOT_FOUND', `There is no data set '${name}'.${didYouMean(name, names)} There are ${names.join(', ')}.`);
}

type ImportFlags = Shared & { name?: string; xDim?: number; holdOut?: number; acceptDigest?: boolean; dryRun?: boolean; yes?: boolean };

/** Left-out files for a terminal, one a line, and what a user should know. */
function remarkFindings({ skipped, warnings }: Pick<ImportResult, 'skipped' | 'warnings'>): void {
  for (const { file, reason } of skipped) remark(`Left out: ${file}: ${reason}`);
  for (const warning of warnings) remark(`Note: ${warning}`);
}

/** What an import would install: a table of classes and splits, sizes and settings. */
function printInspection({ title, name, classes, splits, sizes, xDim, holdOut, doubts, ...rest }: DatasetInspection): void {
  const total = (perClass: number[]) => String(perClass.reduce((sum, count) => sum + count, 0));
  print(`${title}, to be installed as ${name}: ${classes.length} classes${xDim === null ? '' : `, resized to ${xDim} × ${xDim} pixels`}${holdOut === null ? '' : `, ${100 * holdOut} % of each class held back as test split`}.`);
  print(table([['class', ...splits.map((split) => split.name)], ...classes.map((title, label) => [title, ...splits.map(({ perClass }) => String(perClass[label] ?? 0))]), ['all', ...splits.map(({ perClass }) => total(perClass))]]));
  print(`Image sizes: ${sizes.map(({ width, height, count }) => `${count} of ${width} × ${height}`).join(', ')}.`);
  remarkFindings(rest);
  for (const doubt of doubts) remark(`Warning: ${doubt}`);
}

function registerImport(datasets: Command, withLab: WithLab): void {
  datasets.command('import').description('install from an archive file, the folder it unpacks to, MNIST\'s files, or a folder of images (one folder per class)').argument('<path>')
    .option('--name <name>', 'name of an image folder')
    .option('--x-dim <pixels>', `side that images of a folder are resized to (${importSides.min} to ${importSides.max}, default 64)`, parseSide)
    .option('--hold-out <share>', 'share of each class of a folder without test images that becomes its test split (0.1)', parseShare)
    .option('--accept-digest', 'install an archive with another digest than the published one')
    .option('--dry-run', 'print what would be installed and left out; install nothing')
    .option('--yes', 'import a folder that hardly looks like a data set')
    .action(async (path: string, _options, command: Command) => {
      const flags = command.optsWithGlobals<ImportFlags>();
      const quiet = flags.quiet === true || flags.json === true;
      await withLab(flags, async (lab) => {
        const options = { root: lab.home.datasets, path, name: flags.name, xDim: flags.xDim, holdOut: flags.holdOut, signal: abortOnInterrupt(), onProgress: createReporter(quiet) };
        if (flags.dryRun) {
          const inspection = await inspectDataset(options);
          if (flags.json) printJson(inspection);
          else printInspection(inspection);
          return 0;
        }
        const { manifest, skipped, warnings } = await importDataset({ ...options, acceptDigest: flags.acceptDigest, confirmed: flags.yes });
        if (flags.json) printJson({ ...manifest, skipped, warnings });
        else {
          remarkFindings({ skipped, warnings });
          print(`${manifest.name} is installed: ${manifest.splits.map((split) => `${split.count} ${split.name}`).join(', ')}.`);
        }
        return 0;
      });
    });
}

export function registerDatasets(program: Command, withLab: WithLab): void {
  const datasets = program.command('datasets').description('data sets: list, download, import, verify, remove');
  datasets.command('list').description('what there is, and what is installed').action(async (_options, command: Command) => {
    const flags = command.optsWithGlobals<Shared>();
    await withLab(flags, async (lab) => {
      const list = await listDatasets(lab.home.datasets);
      if (flags.json) printJson(list);
      else print(table([['name', 'state', 'classes', 'train', 'test', 'size', 'fingerprint'], ...list.map((entry) => [entry.name, entry.state, String(entry.classes), String(entry.train), String(entry.test), bytes(entry.bytes), entry.fingerprint?.slice(0, 16) ?? ''])]));
      return 0;
    });
  });
  datasets.command('download').description('fetch, check and install; goes on where it was cut off').argument('<name>').option('--mirror <place>', 'a base address or a folder that holds the archives').option('--accept-digest', 'install an archive with another digest than the published one')
    .action(async (name: string, _options, command: Command) => {
      const flags = command.optsWithGlobals<Shared & { mirror?: string; acceptDigest?: boolean }>();
      await withLab(flags, async (lab) => {
        const manifest = await installDataset({ root: lab.home.datasets, downloads: lab.home.downloads, name, mirror: flags.mirror ?? lab.settings.mirror ?? undefined, acceptDigest: flags.acceptDigest, signal: abortOnInterrupt(), onProgress: createReporter(flags.quiet === true || flags.json === true) });
        if (flags.json) printJson(manifest);
        else print(`${manifest.name} is installed: ${manifest.splits.map((split) => `${split.count} ${split.name}`).join(', ')}.`);
        return 0;
      });
    });
  registerImport(datasets, withLab);
  datasets.command('verify').description('read every byte of an installed data set and compare').argument('<name>').action(async (name: string, _options, command: Command) => {
    const flags = command.optsWithGlobals<Shared>();
    await withLab(flags, async (lab) => {
      await requireKnown(lab.home.datasets, name);
      const manifest = await verifyDataset(lab.home.datasets, name, { onProgress: createReporter(flags.quiet === true || flags.json === true) });
      if (flags.json) printJson(manifest);
      else print(`${manifest.name} is as it was installed (${manifest.fingerprint.slice(0, 16)}).`);
      return 0;
    });
  });
  datasets.command('remove').description('delete an installed data set').argument('<name>').action(async (name: string, _options, command: Command) =>
    withLab(command.optsWithGlobals<Shared>(), async (lab) => { await requireKnown(lab.home.datasets, name); await removeDataset(lab.home.datasets, name); print(`${name} is removed.`); return 0; }));
}
