// Installs the TensorFlow engine: libraries from the package index, from wheels or from a Python package, then the binding, then a probe.
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { TensorflowManifest } from '#contract';
import { listInstalled, readEngineManifest } from '#training';
import { bringUp, bringUpBeside } from './bringUp.ts';
import { checkCancelled, ensureRoom, platformOf, type Flavour, type InstallContext, type ProbeResult } from './context.ts';
import { fetchWheel, withLength } from './fetch.ts';
import { findPackage, takePackage } from './fromPackage.ts';
import { checkWheels, type GivenWheels } from './givenWheels.ts';
import { discardDownloads, engineName, isBuilt, writePending } from './installed.ts';
import { readIndexConfiguration } from './packageIndex/configuration.ts';
import { findWheel, type Wanted } from './packageIndex/select.ts';
import { checkPlatform, parseWheelName } from './packageIndex/wheels.ts';
import { clearStaging, createStaging, writeManifest, type Staging } from './staging.ts';
import { cudaRequirements, unpackedBytes, unpackWheel } from './unpack.ts';

/** What to install; `wheels` and `from` in place of the index. */
export type InstallInput = { flavour: Flavour; version?: string; wheels?: string[]; from?: string; index?: string };
/** The engine on disk, and whether it works here. */
export type InstallResult = { folder: string; manifest: TensorflowManifest; probe: ProbeResult };

/** Newest TensorFlow that the engine was tried with. */
export const newestTested = '2.21';
const requirement = '>=2.16,<2.22';
/** For the check before anything is known exactly: unpacked over packed bytes, and the rest (binding, headers). */
const growth = { tensorflow: 4.2, nvidia: 1.8 };
const bindingBytes = 60e6;
/** NVIDIA's wheels together, before the index has told. */
const cudaBytes = 2.6e9;

const projectsOf = (flavour: Flavour, arch: string, system: string): string[] => (flavour === 'cuda' || arch === 'arm64' || system === 'darwin' ? ['tensorflow'] : ['tensorflow-cpu', 'tensorflow']);

type Request = { input: InstallInput; given: GivenWheels | null };
/** Where the libraries of one installation come from: how they get into a staging folder, and what the manifest says of them. */
type Sources = { unpack(staging: Staging): Promise<void> } & Pick<TensorflowManifest, 'version' | 'source'>;

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

/** What a call takes its libraries from: an installed package, or wheels that are fetched unless they were given. */
async function gather({ input, given }: Request, context: InstallContext): Promise<Sources> {
  if (input.from !== undefined) {
    const found = findPackage(input.from, input.flavour);
    return { unpack: ({ folder }) => takePackage(found, folder, context), version: found.version, source: found.packages };
  }
  const { arch, system } = platformOf(context);
  // Without need of an index its configuration is not even read.
  let fetcher: ReturnType<typeof createFetcher> | null = null;
  const fetch: ReturnType<typeof createFetcher> = (wanted, room) => (fetcher ??= createFetcher(input, context))(wanted, room);
  const room = (bytes: number): number => bytes * (1 + growth.tensorflow) + bindingBytes + (input.flavour === 'cuda' ? cudaBytes * (1 + growth.nvidia) : 0);
  const main = given ? { file: given.tensorflow, version: given.version, address: given.tensorflow } : await fetch({ projects: projectsOf(input.flavour, arch, system), requirement, version: input.version }, room);
  const others = input.flavour === 'cuda' ? await fetchCuda(main.file, given?.others ?? [], fetch) : [];
  return { unpack: (staging) => unpackWheels([main.file, ...others], staging, context), version: main.version, source: main.address };
}

async function unpackWheels(wheels: readonly string[], { folder, check }: Staging, context: InstallContext): Promise<void> {
  const sizes = await Promise.all(wheels.map(unpackedBytes));
  await ensureRoom(context, sizes.reduce((sum, size) => sum + size, bindingBytes));
  for (const wheel of wheels) await unpackWheel(wheel, folder, { ...context, staged: check });
}

/** Libraries of this flavour that are there already: nothing is fetched again for them. Those that never got a binding are taken up only where the index vouched for their bytes. */
function present({ flavour, version, wheels, from }: InstallInput, { engines }: InstallContext): string | null {
  if (from !== undefined || wheels?.length) return null;
  const usual = listInstalled(engines).filter(({ manifest }) => manifest.flavour === flavour && (version === undefined || manifest.version === version));
  return usual.find(({ folder, manifest }) => isBuilt(folder) || /^https?:/.test(manifest.source))?.folder ?? null;
}

/** Deletes the flavour's engines of other versions: all, or those that never got a binding. */
async function removeOthers(folder: string, engines: string, all: boolean): Promise<void> {
  const flavour = readEngineManifest(folder)?.flavour;
  for (const other of listInstalled(engines)) if (other.manifest.flavour === flavour && other.folder !== folder && (all || !isBuilt(other.folder))) await rm(other.folder, { recursive: true, force: true });
}

/** Libraries made now, in their place. Where an engine is in use already, only after they have been tried beside it: `tried` is what that found. */
async function placeLibraries(request: Request, context: InstallContext): Promise<{ folder: string; tried: ProbeResult | null }> {
  const { engines } = context;
  const { flavour } = request.input;
  const replaces = listInstalled(engines).some(({ folder, manifest }) => manifest.flavour === flavour && isBuilt(folder));
  const checkUnused = (): void => { if (replaces) context.checkUnused?.(); };
  checkUnused(); // before anything is fetched, and again after it, which takes minutes
  const { unpack, version, source } = await gather(request, context);
  const staging = await createStaging(engines, `tensorflow-${version}-${flavour}`);
  try {
    await unpack(staging);
    await staging.check();
    await writeManifest(staging.folder, { format: 1, name: 'tensorflow', version, flavour, bindingHash: '', source, installedAt: new Date().toISOString() });
    const tried = replaces ? await bringUpBeside(staging.folder, { engines, flavour }, context) : null;
    checkUnused();
    const folder = await staging.publish();
    await removeOthers(folder, engines, tried?.usable === true);
    return { folder, tried };
  } finally {
    await staging.remove();
  }
}

/**
 * Installs the engine, or brings to its end what was begun. The caller holds the lock of the engines' folder. An engine that works is only
 * replaced by one that does. Otherwise the libraries are kept when the binding cannot be built, so that the next call goes on there, and a
 * probe that fails removes nothing.
 * @throws LabError ENGINE_UNUSABLE (platform, no compiler), USAGE, NOT_FOUND, DOWNLOAD_FAILED, ENGINE_DAMAGED, ENGINE_HOSTILE, DISK_FULL, CANCELLED, and what `checkUnused` throws
 */
export async function installTensorflow(input: InstallInput, context: InstallContext): Promise<InstallResult> {
  const { engines, downloads, signal } = context;
  const platform = platformOf(context);
  checkPlatform(platform, input.flavour);
  const given = input.wheels?.length ? checkWheels(input.wheels, { flavour: input.flavour, platform }) : null;
  for (const folder of [engines, downloads]) await mkdir(folder, { recursive: true, mode: 0o700 });
  await clearStaging(engines);
  await writePending(engines, { name: engineName(input.flavour), version: input.version ?? null, index: input.index ?? null, from: input.from ?? null, wheels: input.wheels ?? [] });
  const there = present(input, context);
  const { folder, tried } = there === null ? await placeLibraries({ input, given }, context) : { folder: there, tried: null };
  checkCancelled(signal);
  const probe = tried?.usable === false ? tried : await bringUp(folder, context);
  await discardDownloads(context);
  if (probe.usable) await removeOthers(folder, engines, true);
  return { folder, manifest: readEngineManifest(folder) as TensorflowManifest, probe };
}
