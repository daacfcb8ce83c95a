// The states of a run and who may follow whom: one table owns it.
import { LabError, type RunState } from '#contract';

const next: Record<RunState, readonly RunState[]> = {
  queued: ['starting', 'stopped', 'paused', 'failed'],
  starting: ['running', 'failed', 'interrupted', 'stopping', 'pausing', 'stopped', 'paused', 'finished'],
  running: ['pausing', 'stopping', 'finished', 'failed', 'interrupted', 'stopped', 'paused'],
  pausing: ['paused', 'finished', 'failed', 'interrupted', 'stopping', 'stopped'],
  paused: ['queued', 'stopped'],
  stopping: ['stopped', 'finished', 'failed', 'interrupted', 'paused'],
  stopped: ['queued'],
  finished: [],
  failed: ['queued'],
  interrupted: ['queued'],
};

/** @throws LabError CONFLICT for a transition that the table has not */
export function checkTransition(from: RunState, to: RunState): void {
  if (from === to || next[from].includes(to)) return;
  const hint = from === 'finished' ? ' A finished run stays as it is; fork it to train on with other settings.' : '';
  throw new LabError('CONFLICT', `A run that is ${from} cannot become ${to}.${hint}`);
}
