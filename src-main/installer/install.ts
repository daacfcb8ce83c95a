// Installs the TensorFlow engine: libraries from the package index, from wheels or from a Python package, then the binding, then a probe.
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { LabError, type TensorflowManifest } from '#contract';
import { listInstalled, readEngineManifest } from '#training';
import { checkCancelled, ensureRoom, platformOf, type Flavour, type InstallContext } from './context.ts';
import { fetchWheel, withLength } from './fetch.ts';
import { findPackage, takePackage } from './fromPackage.ts';
import { discardDownloads, engineName, writePending } from './installed.ts';
import { readIndexConfiguration } from './packageIndex/configuration.ts';
import { findWheel, type Wanted } from './packageIndex/select.ts';
import { checkPlatform, parseWheelName } from './packageIndex/wheels.ts';
import { clearStaging, createStaging, writeManifest, type Staging } from './staging.ts';
import { cudaRequirements, unpackedBytes, unpackWheel } from './unpack.ts';

/** What to install; `wheels` and `from` in place of the index. */
export type InstallInput = { flavour: Flavour; version?: string; wheels?: string[]; from?: string; index?: string };
/** The engine on disk, and whether it works here. */
export type InstallResult = { folder: string; manifest: TensorflowManifest; probe: Awaited<ReturnType<InstallContext['tools']['probe']>> };

/** Newest TensorFlow that the engine was tried with. */
export const newestTested = '2.21';
const requirement = '>=2.16,<2.22';
/** For the check before anything is known exactly: unpacked over packed bytes, and the rest (binding, headers). */
const growth = { tensorflow: 4.2, nvidia: 1.8 };
const bindingBytes = 60e6;
/** NVIDIA's wheels together, before the index has told. */
const cudaBytes = 2.6e9;

const projectsOf = (flavour: Flavour, arch: string, system: string): string[] => (flavour === 'cuda' || arch === 'arm64' || system === 'darwin' ? ['tensorflow'] : ['tensorflow-cpu', 'tensorflow']);

/** The sources of one installation: wheels on disk, TensorFlow's first, and the version in it. */
type Sources = { wheels: string[]; version: string; source: string };

function checkWheels(files: readonly string[]): { tensorflow: string; others: string[]; version: string } {
  const named = files.map((file) => ({ file, name: parseWheelName(basename(file)) }));
  const missing = files.find((file) => !existsSync(file));
  if (missing !== undefined) throw new LabError('NOT_FOUND', `There is no file ${missing}.`, { place: { file: missing } });
  const main = named.find(({ name }) => name !== null && /^tensorflow(-cpu)?$/.test(name.project));
  if (!main?.name) throw new LabError('USAGE', `None of the files given with --wheel is a wheel of TensorFlow by its name (tensorflow-2.21.0-….whl or tensorflow_cpu-…): ${files.map((file) => basename(file)).join(', ')}.`, { place: { key: '--wheel' } });
  return { tensorflow: main.file, others: named.filter((entry) => entry !== main).map(({ file }) => file), version: main.name.version };
}

/** Fetches wheels one after the other. */
function createFetcher(input: InstallInput, context: InstallContext): (wanted: Wanted, room: (bytes: number) => number) => Promise<{ file: string; version: string; address: string }> {
  const configuration = readIndexConfiguration(context.environment ?? process.env, input.index);
  const platform = platformOf(context);
  return async (wanted, room) => {
    checkCancelled(context.signal);
    context.onProgress?.({ stage: 'download', done: 0, total: null, unit: 'bytes', detail: wanted.projects[0] });
    const wheel = await withLength(await findWheel(wanted, { configuration, platform, signal: context.signal }), configuration, context);
    if (!existsSync(join(context.downloads, wheel.file))) await ensureRoom(context, room(wheel.bytes));
    return { file: await fetchWheel(wheel, configuration, context), version: wheel.version, address: wheel.address };
  };
}

/** NVIDIA's wheels for a TensorFlow wheel: those given, the rest from the index. */
async function fetchCuda(tensorflow: string, given: readonly string[], fetch: ReturnType<typeof createFetcher>): Promise<string[]> {
  const have = new Set(given.map((file) => parseWheelName(basename(file))?.project));
  const files = [...given];
  for (const { project, requirement: releases } of await cudaRequirements(tensorflow)) {
    if (!have.has(project)) files.push((await fetch({ projects: [project], requirement: releases }, (bytes) => bytes * (1 + growth.nvidia))).file);
  }
  return files;
}

async function gather(input: InstallInput, context: InstallContext): Promise<Sources> {
  const { arch, system } = platformOf(context);
  const given = input.wheels?.length ? checkWheels(input.wheels) : null;
  // Without need of an index its configuration is not even read.
  let fetcher: ReturnType<typeof createFetcher> | null = null;
  const fetch: ReturnType<typeof createFetcher> = (wanted, room) => (fetcher ??= createFetcher(input, context))(wanted, room);
  const room = (bytes: number): number => bytes * (1 + growth.tensorflow) + bindingBytes + (input.flavour === 'cuda' ? cudaBytes * (1 + growth.nvidia) : 0);
  const main = given ? { file: given.tensorflow, version: given.version, address: given.tensorflow } : await fetch({ projects: projectsOf(input.flavour, arch, system), requirement, version: input.version }, room);
  const others = input.flavour === 'cuda' ? await fetchCuda(main.file, given?.others ?? [], fetch) : [];
  return { wheels: [main.file, ...others], version: main.version, source: main.address };
}

/** Fills a staging folder. @returns version and source for the manifest */
async function fill(staging: Staging, input: InstallInput, context: InstallContext): Promise<Pick<Sources, 'version' | 'source'>> {
  if (input.from !== undefined) {
    const found = findPackage(input.from, input.flavour);
    await takePackage(found, staging.folder, context);
    return { version: found.version, source: found.packages };
  }
  const { wheels, version, source } = await gather(input, context);
  const sizes = await Promise.all(wheels.map(unpackedBytes));
  await ensureRoom(context, sizes.reduce((sum, size) => sum + size, bindingBytes));
  for (const wheel of wheels) await unpackWheel(wheel, staging.folder, { ...context, staged: staging.check });
  return { version, source };
}

/** The engine's folder with libraries in it: as it was, or made now. */
async function placeLibraries(input: InstallInput, context: InstallContext): Promise<string> {
  const staging = await createStaging(context.engines);
  try {
    const { version, source } = await fill(staging, input, context);
    const target = join(context.engines, `tensorflow-${version}-${input.flavour}`);
    const manifest: TensorflowManifest = { format: 1, name: 'tensorflow', version, flavour: input.flavour, bindingHash: '', source, installedAt: new Date().toISOString() };
    await staging.publish(manifest, target);
    return target;
  } finally {
    await staging.remove();
  }
}

/** Libraries of this flavour that are there already, whole or without their binding: nothing is fetched again for them. */
function present({ flavour, version, wheels, from }: InstallInput, { engines }: InstallContext): string | null {
  if (from !== undefined || wheels?.length) return null;
  return listInstalled(engines).find(({ manifest }) => manifest.flavour === flavour && (version === undefined || manifest.version === version))?.folder ?? null;
}

/** Builds the binding, unless the one that is there was built from the same sources. */
async function buildBinding(folder: string, { tools, signal, onProgress }: InstallContext): Promise<void> {
  const manifest = readEngineManifest(folder) as TensorflowManifest;
  if (existsSync(join(folder, 'binding', 'vsgd_tensorflow.node')) && manifest.bindingHash === tools.hash()) return;
  let lines = 0;
  onProgress?.({ stage: 'build', done: 0, total: null, unit: 'steps' });
  const { bindingHash } = await tools.build({ folder, signal, onLine: (line) => onProgress?.({ stage: 'build', done: (lines += 1), total: null, unit: 'steps', detail: line }) });
  await writeManifest(folder, { ...manifest, bindingHash });
}

async function removeOlder(folder: string, flavour: Flavour, engines: string): Promise<void> {
  for (const other of listInstalled(engines)) if (other.manifest.flavour === flavour && other.folder !== folder) await rm(other.folder, { recursive: true, force: true });
}

/**
 * Installs the engine, or brings to its end what was begun. The caller holds the lock of the engines' folder. The libraries are kept
 * when the binding cannot be built, so that the next call goes on there; a probe that fails removes nothing.
 * @throws LabError ENGINE_UNUSABLE (platform, no compiler), NOT_FOUND, DOWNLOAD_FAILED, ENGINE_DAMAGED, ENGINE_HOSTILE, DISK_FULL, CANCELLED
 */
export async function installTensorflow(input: InstallInput, context: InstallContext): Promise<InstallResult> {
  const { engines, downloads, tools, signal, onProgress } = context;
  checkPlatform(platformOf(context), input.flavour);
  for (const folder of [engines, downloads]) await mkdir(folder, { recursive: true, mode: 0o700 });
  await clearStaging(engines);
  await writePending(engines, { name: engineName(input.flavour), version: input.version ?? null, index: input.index ?? null, from: input.from ?? null, wheels: input.wheels ?? [] });
  const folder = present(input, context) ?? (await placeLibraries(input, context));
  checkCancelled(signal);
  await buildBinding(folder, context);
  onProgress?.({ stage: 'check', done: 0, total: null, unit: 'steps' });
  const probe = await tools.probe(engineName(input.flavour));
  await discardDownloads(context);
  if (probe.usable) await removeOlder(folder, input.flavour, engines);
  return { folder, manifest: readEngineManifest(folder) as TensorflowManifest, probe };
}
