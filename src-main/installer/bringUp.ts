// From libraries to an engine that works: the binding where it is missing or old, a try, and beside an engine that works already nothing less.
import { dirname } from 'node:path';
import { LabError, toLabError, type TensorflowManifest } from '#contract';
import { readEngineManifest } from '#training';
import type { Flavour, InstallContext, ProbeResult } from './context.ts';
import { discardDownloads, engineName, isBuilt } from './installed.ts';
import { writeManifest } from './staging.ts';

/** Puts the binding into an engine's folder, compiled here in any case (`compile`) or where no release's fits. @returns which it was */
async function build(folder: string, { tools, signal, onProgress }: InstallContext, compile = false): Promise<'compiled' | 'prebuilt'> {
  let lines = 0;
  onProgress?.({ stage: 'build', done: 0, total: null, unit: 'steps' });
  const { bindingHash, prebuilt } = await tools.build({ folder, compile, signal, onLine: (line) => onProgress?.({ stage: 'build', done: (lines += 1), total: null, unit: 'steps', detail: line }) });
  await writeManifest(folder, { ...(readEngineManifest(folder) as TensorflowManifest), bindingHash });
  return prebuilt && !compile ? 'prebuilt' : 'compiled';
}

/** Tries the engine among those of its parent folder. */
function tryOut(folder: string, { tools, onProgress }: InstallContext): Promise<ProbeResult> {
  const { flavour } = readEngineManifest(folder) as TensorflowManifest;
  onProgress?.({ stage: 'check', done: 0, total: null, unit: 'steps' });
  return tools.probe(engineName(flavour), dirname(folder));
}

/**
 * Gives an engine's folder its binding and tries it. A binding of an earlier call that does not work is replaced, and one of a release compiled here.
 * @throws LabError ENGINE_UNUSABLE where there is no binding and none can be built, CANCELLED
 */
export async function bringUp(folder: string, context: InstallContext): Promise<ProbeResult> {
  const isCurrent = isBuilt(folder) && readEngineManifest(folder)?.bindingHash === context.tools.hash();
  let made = isCurrent ? 'earlier' : await build(folder, context);
  let found = await tryOut(folder, context);
  while (!found.usable && made !== 'compiled') {
    try {
      made = await build(folder, context, made === 'prebuilt');
    } catch (error) {
      if (context.signal?.aborted) throw error;
      return { ...found, reason: `${found.reason}\nThe binding could not be made anew: ${toLabError(error).message}` };
    }
    found = await tryOut(folder, context);
  }
  return found;
}

/**
 * Builds and tries an engine in `folder`, outside `engines`, where one of its flavour is installed that it shall replace.
 * @throws LabError as bringUp; ENGINE_UNUSABLE where this one does not work and that one does
 */
export async function bringUpBeside(folder: string, { engines, flavour }: { engines: string; flavour: Flavour }, context: InstallContext): Promise<ProbeResult> {
  const found = await bringUp(folder, context).catch((error: unknown) => {
    const { code, message, place } = toLabError(error);
    throw context.signal?.aborted ? error : new LabError(code, `${message}\nThe engine that is installed was left as it is.`, { place, cause: error });
  });
  if (found.usable || !(await context.tools.probe(engineName(flavour), engines)).usable) return found;
  await discardDownloads(context);
  throw new LabError('ENGINE_UNUSABLE', `The engine that was to be installed cannot be used here: ${found.reason}\nThe one that is installed works, and was left as it is.`, { place: { file: engines } });
}
