// The final training loss of a run: the mean over as many last iterations as an epoch has, wherever the run ended.
import type { ComparedRun } from '#contract';
import { readSeries } from '#store';
import type { Lab } from '../lab.ts';

/**
 * Null where a loss of these iterations is not finite: the run diverged. A run that ended within an epoch is not given
 * the mean of the epoch before. Without a whole epoch it is the last loss.
 */
export function finalTrainingLoss({ database }: Lab, { id, metrics }: ComparedRun): number | null {
  const [loss, epochs] = [metrics['train/loss'], metrics['train/epoch_loss']];
  if (loss === undefined || epochs === undefined) return finite(loss?.last ?? epochs?.last);
  if (loss.lastStep === epochs.lastStep) return finite(epochs.last) === null || finite(loss.last) === null ? null : finite(epochs.last);
  const perEpoch = Math.round(epochs.lastStep / epochs.count);
  const { values } = readSeries(database, id, { key: 'train/loss', from: loss.lastStep - perEpoch + 1 });
  return values.every(Number.isFinite) ? values.reduce((sum, value) => sum + value, 0) / values.length : null;
}

const finite = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);
