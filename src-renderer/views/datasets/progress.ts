// Progress of a job of data sets in words.
import type { DatasetJob } from '#contract';
import { count, size } from '../../elements/format.ts';

const stages: Partial<Record<NonNullable<DatasetJob['progress']>['stage'], string>> = { download: 'Downloading', verify: 'Checking', inspect: 'Reading', unpack: 'Unpacking', generate: 'Generating' };

/** What a job is doing and how far it is; a reason to wait where there is one. */
export function progressText({ progress, perSecond }: DatasetJob): string {
  if (progress === null) return 'Starting';
  const { stage, done, total, unit, detail } = progress;
  if (detail) return detail;
  const shown = unit === 'bytes' ? size : count;
  const rate = perSecond && unit === 'bytes' && perSecond >= 1 ? `, ${size(perSecond)}/s` : '';
  return `${stages[stage] ?? stage} ${shown(done)}${total === null ? '' : ` of ${shown(total)}`}${unit === 'bytes' ? '' : ` ${unit}`}${rate}`;
}
