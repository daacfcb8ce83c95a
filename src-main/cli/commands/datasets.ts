// `vsgd-lab datasets …`: list, download, import, verify, remove.
import type { Command } from 'commander';
import { importDataset, installDataset, listDatasets, removeDataset, verifyDataset } from '#datasets';
import { didYouMean, LabError } from '#contract';
import { bytes, print, printJson, remark, table } from '../output.ts';
import { abortOnInterrupt, createReporter } from '../reporter.ts';
import type { Shared, WithLab } from './shared.ts';

function parseShare(text: string): number {
  const share = Number(text);
  if (share > 0 && share < 1) return share;
  throw new LabError('USAGE', `--hold-out must be a share between 0 and 1, as 0.1; it is '${text}'.`, { place: { key: '--hold-out' } });
}

/** @throws LabError NOT_FOUND for the name of no data set, installed or to be had */
async function requireKnown(root: string, name: string): Promise<void> {
  const names = (await listDatasets(root)).map((entry) => entry.name);
  if (!names.includes(name)) throw new LabError('NOT_FOUND', `There is no data set '${name}'.${didYouMean(name, names)} There are ${names.join(', ')}.`);
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
  datasets.command('import').description('install from an archive file, MNIST\'s files, or a folder of images (one folder per class)').argument('<path>').option('--name <name>', 'name of an image folder').option('--x-dim <pixels>', 'side that images of a folder are resized to', Number).option('--hold-out <share>', 'share of a folder without test pictures that becomes its test split (0.1)', parseShare).option('--accept-digest', 'install an archive with another digest than the published one')
    .action(async (path: string, _options, command: Command) => {
      const flags = command.optsWithGlobals<Shared & { name?: string; xDim?: number; holdOut?: number; acceptDigest?: boolean }>();
      await withLab(flags, async (lab) => {
        const { manifest, skipped } = await importDataset({ root: lab.home.datasets, path, name: flags.name, acceptDigest: flags.acceptDigest, ...(flags.xDim ? { xDim: flags.xDim } : {}), ...(flags.holdOut ? { holdOut: flags.holdOut } : {}), signal: abortOnInterrupt(), onProgress: createReporter(flags.quiet === true || flags.json === true) });
        for (const { file, reason } of skipped) remark(`Left out: ${file}: ${reason}`);
        if (flags.json) printJson(manifest);
        else print(`${manifest.name} is installed: ${manifest.splits.map((split) => `${split.count} ${split.name}`).join(', ')}.`);
        return 0;
      });
    });
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
