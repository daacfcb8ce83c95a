// What a run's page says of the engine: what it computed with, and where that is not what was asked for.
import type { EarlierEngine, EngineInfo, RunView } from '#contract';

/** A remark on the engine: in a few words, and whole. */
export type EngineRemark = { title: string; lines: string[] };

export const threadsText = (threads: number): string => `${threads} ${threads === 1 ? 'thread' : 'threads'}`;

/** wasm CPU, 4 threads */
export const engineText = ({ name, device, threads }: Pick<EngineInfo, 'name' | 'threads'> & { device?: string }): string => `${name}${device ? ` ${device}` : ''}${threads ? `, ${threadsText(threads)}` : ''}`;

/** What numbers it computed with. */
export function precisionText({ mixedPrecision, tf32 }: EngineInfo): string {
  if (mixedPrecision) return `float32, convolutions and matrix products in ${mixedPrecision}`;
  return tf32 ? 'float32, convolutions and matrix products in TF32' : 'float32';
}

/** The same in one word; '' for plain float32. */
export const shortPrecision = ({ mixedPrecision, tf32 }: EngineInfo): string => mixedPrecision ?? (tf32 ? 'TF32' : '');

export const earlierText = (earlier: EarlierEngine): string => `${engineText(earlier)}, version ${earlier.version}`;

/** What makes the engine another one than the page would suggest. */
export function engineRemarks({ engine, config }: Pick<RunView, 'engine' | 'config'>): EngineRemark[] {
  if (engine === null) return [];
  const wanted = (config.train as { mixed_precision?: unknown } | undefined)?.mixed_precision;
  const remarks: EngineRemark[] = [];
  if (engine.fallbackFrom) remarks.push({ title: `Trained on ${engine.name}; ${engine.fallbackFrom} is not available here`, lines: [engine.reason ?? ''] });
  if ((wanted === 'float16' || wanted === 'bfloat16') && engine.mixedPrecision !== wanted) remarks.push({ title: `Not the precision that was asked for: ${engine.mixedPrecision ?? 'float32'} instead of ${wanted}`, lines: [`${engine.name} cannot compute in ${wanted} here.`] });
  if (engine.earlier?.length) remarks.push({ title: 'Not one engine: the bits are not those of a run that went through', lines: engine.earlier.map((one) => `Steps to ${one.until.toLocaleString('en-US')}: ${earlierText(one)}.`) });
  return remarks;
}
