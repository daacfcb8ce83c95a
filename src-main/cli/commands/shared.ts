// What all commands share: global flags, and work with an opened lab.
import type { RunSummary } from '#contract';
import type { Lab } from '#services';

export type Shared = { json?: boolean; quiet?: boolean; home?: string };
export type WithLab = (flags: Shared, work: (lab: Lab) => Promise<number> | number) => Promise<void>;

/** Runs as the promised JSON has them: the pauses of resumed ones are for our own durations. */
export const promised = (runs: RunSummary[]): RunSummary[] => runs.map((run) => ({ ...run, pauses: undefined }));
