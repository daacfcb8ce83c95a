// ReduceLROnPlateau: the rate is multiplied by factor when the metric has not improved for more than `patience` iterations.
import type { PlateauOptions } from '#contract';
import type { Schedule } from './schedule.ts';

/** Stepped without a metric (an iteration without validation) it keeps its state. */
export function createPlateau(options: PlateauOptions, initial: number): Schedule {
  const { mode, factor, patience, threshold, threshold_mode, cooldown, min_lr, eps } = options;
  const worst = mode === 'min' ? Infinity : -Infinity;
  const now = { lr: initial, best: worst, bad: 0, cooling: 0 };
  const sign = mode === 'min' ? 1 : -1;
  const isBetter = (metric: number) => {
    const target = threshold_mode === 'rel' ? now.best * (1 - sign * threshold) : now.best - sign * threshold;
    return mode === 'min' ? metric < target : metric > target;
  };
  return {
    get lr() { return now.lr; },
    step(metric) {
      if (metric === undefined) return;
      if (now.best === worst ? !Number.isNaN(metric) : isBetter(metric)) Object.assign(now, { best: metric, bad: 0 });
      else now.bad += 1;
      if (now.cooling > 0) Object.assign(now, { cooling: now.cooling - 1, bad: 0 });
      if (now.bad <= patience) return;
      const reduced = Math.max(now.lr * factor, min_lr);
      if (now.lr - reduced > eps) now.lr = reduced;
      Object.assign(now, { cooling: cooldown, bad: 0 });
    },
    // JSON has no infinity: a state without `best` has seen no metric.
    state: () => ({ lr: now.lr, bad: now.bad, cooling: now.cooling, ...(Number.isFinite(now.best) ? { best: now.best } : {}) }),
    restore(state) { Object.assign(now, { best: worst, ...state }); },
  };
}
