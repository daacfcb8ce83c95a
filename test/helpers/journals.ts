// Writes journals as a trainer would, for tests of what reads them.
import { appendFileSync } from 'node:fs';
import type { JournalLine } from '#contract';
import { runPaths } from '#runs';
import type { Lab } from '#services';

/** Appends lines to a run's journal and takes them into the store. */
export function journal(lab: Lab, id: string, lines: JournalLine[]): void {
  appendFileSync(runPaths(lab.home, id).journal, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  lab.ingest.ingestRun(id);
}

/** One metrics line. */
export const metrics = (step: number, values: Record<string, number | 'NaN' | 'Infinity' | '-Infinity'>): JournalLine => ({ type: 'metrics', step, time: 1000 * step, values });
