// Live progress of runs: one line that renews itself on a terminal, a line every few seconds elsewhere.
import { visibleText, type RunDocument } from '#contract';
import type { Lab } from '#services';
import { getRun, listNotes, readSeries, secondsPerStep, summaries } from '#store';
import { duration, percent, rate, remark, replaceLine, short } from './output.ts';

/** Makes a function that reports on these runs; call it often, it is quick and prints seldom. `quiet`: only what failed, and warnings. */
export function createProgress(lab: Lab, ids: string[], quiet: boolean): { report(): void; finish(): void } {
  const told = new Set<string>();
  const warningsOf = (id: string) => listNotes(lab.database, id).filter(({ level }) => level === 'warning');
  const warned = new Map(ids.map((id) => [id, warningsOf(id).length]));
  const tty = process.stderr.isTTY === true;
  let printed = 0;
  let shown = false;
  const line = (id: string): string | null => {
    const row = getRun(lab.database, id);
    if (!row || !['starting', 'running', 'pausing', 'stopping'].includes(row.state)) return null;
    const perStep = secondsPerStep(lab.database, row, (JSON.parse(row.document) as RunDocument).config);
    const metrics = summaries(lab.database, id);
    const accuracy = metrics['test/accuracy'] ?? metrics['val/accuracy'];
    const parts = [
      `#${ids.indexOf(id)} ${visibleText(row.name)}`, `${row.step}/${row.total_steps ?? '?'}`,
      ...(perStep === null ? [row.state] : [rate(1 / perStep), `${duration(((row.total_steps ?? row.step) - row.step) * perStep)} left`]),
      ...(metrics['train/loss'] ? [`loss ${short(Number(metrics['train/loss'].last))}`] : []), ...(accuracy ? [`accuracy ${percent(Number(accuracy.last))}`] : []),
    ];
    return parts.join('  ');
  };
  const clear = () => { if (shown) replaceLine(); shown = false; };
  /** What the trainer warned of since the last time: said to the quiet too, as it changes what the numbers are worth. */
  const warn = (id: string) => {
    const notes = warningsOf(id);
    const known = warned.get(id) ?? 0;
    if (notes.length > known) clear();
    for (const { message } of notes.slice(known)) remark(`#${ids.indexOf(id)} warning: ${message}`);
    warned.set(id, notes.length);
  };
  return {
    report() {
      for (const id of ids) {
        warn(id);
        const row = getRun(lab.database, id);
        if (!row || told.has(id) || !['finished', 'failed', 'interrupted', 'stopped', 'paused'].includes(row.state)) continue;
        told.add(id);
        if (quiet && row.state !== 'failed' && row.state !== 'interrupted') continue;
        clear();
        const accuracy = summaries(lab.database, id)['test/accuracy'];
        remark(`#${ids.indexOf(id)} ${visibleText(row.name)}: ${row.state}${accuracy ? `, test accuracy ${percent(Number(accuracy.last))}` : ''}${row.reason ? `. ${row.reason}` : ''}`);
      }
      if (quiet || performance.now() - printed < (tty ? 200 : 5000)) return;
      printed = performance.now();
      const lines = ids.map(line).filter((text) => text !== null);
      if (lines.length === 0) return;
      if (!tty) return lines.forEach(remark);
      replaceLine(lines[0]);
      shown = true;
    },
    finish() {
      this.report();
      clear();
    },
  };
}

/** Points of a metric, for a plot. */
export const pointsOf = (lab: Lab, id: string, key: string): { steps: Float64Array; values: Float64Array } => readSeries(lab.database, id, { key });
