// Wheels that somebody gives as files: whether they are there, TensorFlow's is among them, and all are for this computer. Their names tell.
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { LabError } from '#contract';
import type { Flavour } from './context.ts';
import { fitsPlatform, parseWheelName, type Platform, type WheelName } from './packageIndex/wheels.ts';

/** TensorFlow's wheel, its version, and the other files. */
export type GivenWheels = { tensorflow: string; others: string[]; version: string };

type Named = { file: string; name: WheelName };

const refusal = (message: string): LabError => new LabError('USAGE', `${message} Nothing was changed.`, { place: { key: '--wheel' } });

function parseNames(files: readonly string[]): Named[] {
  return files.map((file) => {
    if (!existsSync(file)) throw new LabError('NOT_FOUND', `There is no file ${file}.`, { place: { file } });
    const name = parseWheelName(basename(file));
    if (name === null) throw refusal(`${basename(file)} is no wheel by its name, which is as tensorflow_cpu-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl. Give the file under the name that it was published with.`);
    return { file, name };
  });
}

function describePlatform({ system, arch, glibc, macos }: Platform): string {
  const own = glibc ? ` with glibc ${glibc.join('.')}` : macos ? ` ${macos.join('.')}` : '';
  return `${system === 'darwin' ? 'macOS' : 'Linux'}${own} on ${arch}`;
}

function checkFits({ file, name }: Named, platform: Platform): void {
  if (name.platforms.some((tag) => fitsPlatform(tag, platform))) return;
  const ending = platform.system === 'darwin' ? 'macosx_…_arm64.whl' : `manylinux…_${platform.arch === 'arm64' ? 'aarch64' : 'x86_64'}.whl`;
  throw refusal(`${basename(file)} is for ${name.platforms.join(', ')}; this computer is ${describePlatform(platform)}. Give a wheel whose name ends in ${ending} and asks for no newer system, or leave --wheel out: the package index has the right one.`);
}

/** Looks at the files' names. @throws LabError NOT_FOUND, USAGE with what is wrong and what to give instead */
export function checkWheels(files: readonly string[], { flavour, platform }: { flavour: Flavour; platform: Platform }): GivenWheels {
  const named = parseNames(files);
  const main = named.find(({ name }) => /^tensorflow(-cpu)?$/.test(name.project));
  if (!main) throw refusal(`None of the files given with --wheel is a wheel of TensorFlow by its name (tensorflow-2.21.0-….whl or tensorflow_cpu-…): ${files.map((file) => basename(file)).join(', ')}.`);
  if (flavour === 'cuda' && main.name.project === 'tensorflow-cpu') throw refusal(`${basename(main.file)} is a TensorFlow without CUDA, and tensorflow-cuda was asked for. Give tensorflow-${main.name.version}-….whl, or install the engine tensorflow with this one.`);
  for (const entry of named) checkFits(entry, platform);
  return { tensorflow: main.file, others: named.filter((entry) => entry !== main).map(({ file }) => file), version: main.name.version };
}
