// Progress of downloads and installations on the error stream, and Ctrl-C as a wish to end.
import type { Progress } from '#contract';
import { bytes, duration, remark, replaceLine } from './output.ts';

const units: Record<Progress['unit'], (count: number) => string> = { bytes, images: (count) => `${Math.round(count)} images`, steps: (count) => String(Math.round(count)) };

/** With rate and time left; a line every two seconds, one that renews itself on a terminal. */
export function createReporter(quiet: boolean): (progress: Progress) => void {
  const tty = process.stderr.isTTY === true;
  let [stage, start, printed, from] = ['', 0, 0, 0];
  return (progress) => {
    const now = performance.now();
    if (progress.stage !== stage) [stage, start, from] = [progress.stage, now, progress.done];
    if (quiet || now - printed < (tty ? 100 : 2000)) return;
    printed = now;
    const { done, total, unit, detail } = progress;
    const perSecond = ((done - from) / Math.max(1, now - start)) * 1000;
    const left = total && perSecond > 0 ? `, ${duration((total - done) / perSecond)} left` : '';
    const amount = unit === 'steps' ? `${units.steps(done)}${total ? ` of ${total}` : ''}` : `${units[unit](done)}${total ? ` of ${units[unit](total)}` : ''}${perSecond > 0 ? `, ${units[unit](perSecond)}/s` : ''}`;
    const line = `${stage}: ${amount}${left}${detail ? ` (${detail.slice(0, 90)})` : ''}`;
    if (tty) replaceLine(line);
    else remark(line);
  };
}

/** Aborted by the first Ctrl-C (or SIGTERM); a second one ends the process as always. */
export function abortOnInterrupt(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}
