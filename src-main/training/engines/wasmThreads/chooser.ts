// How many threads run a program: one or all. The results are the same bit for bit, so that times decide, and decide anew now and then.

/** Runs until the next trials: the first ones are of code that V8 has hardly optimised, later ones of a computer that has other work than before. */
const pauses = { first: 40, later: 1000 };

const trialsOf = (all: number) => [all, 1, 1, all, all, 1];

/**
 * @param options.asked threads asked for; 0 lets the times decide
 * @param options.ready whether all threads are up; before that nothing is decided
 */
export function createChooser({ asked, available, ready }: { asked: number; available: number; ready: () => boolean }): { threads(): number; took(milliseconds: number): void } {
  const fixed = asked > 0 || available === 1;
  let trials = trialsOf(available);
  let best: Record<number, number> = {};
  let chosen = available;
  let [pause, runs] = [pauses.first, 0];
  let tried: number | undefined;
  return {
    threads() {
      tried = fixed || !ready() ? undefined : trials[0];
      return tried ?? chosen;
    },
    took(milliseconds) {
      if (tried !== undefined) {
        best[tried] = Math.min(best[tried] ?? Infinity, milliseconds);
        trials.shift();
        if (trials.length === 0) chosen = (best[1] ?? 0) <= (best[available] ?? Infinity) ? 1 : available;
        return;
      }
      if (trials.length > 0) return;
      runs += 1;
      if (runs < pause) return;
      [trials, best, pause, runs] = [trialsOf(available), {}, pauses.later, 0];
    },
  };
}
