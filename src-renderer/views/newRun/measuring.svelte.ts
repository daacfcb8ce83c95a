// Times a few iterations of an experiment by a run of its own, which is stopped as soon as it has them.
import { client } from '../../client/client.ts';
import { isActive } from '../../elements/runFacts.ts';
import { runs } from '../../state/runs.svelte.ts';
import { setOverride } from './overrides.ts';

/** Iterations that are timed; the first ones compile and warm up. */
const wanted = 15;
const without: [string, string][] = [['train.val_freq', '0'], ['train.eval_test_freq', '-1'], ['train.save_freq', '0'], ['train.keep_every', '0'], ['train.optimizer_log_freq', '0'], ['train.max_epochs', 'null'], ['train.max_iter', '60']];

class Measuring {
  #run = $state<string | null>(null);
  #stopped = false;

  get run(): string | null { return this.#run; }

  /** Queues the measurement before everything that waits. */
  async begin(overrides: string[]): Promise<void> {
    const [made] = await client.runs.enqueue.mutate({ overrides: without.reduce((texts, [key, value]) => setOverride(texts, key, value), overrides), name: 'Measurement', tags: ['measurement'] });
    if (!made) return;
    [this.#run, this.#stopped] = [made.id, false];
    const first = Object.values(runs.byId).filter(({ id, state }) => state === 'queued' && id !== made.id).sort((a, b) => a.position - b.position)[0];
    if (first) await client.runs.reorder.mutate({ runs: [made.id], before: first.id }).catch(() => {}); // one of them has begun meanwhile
  }

  /** To be called with every change of the runs: stops the measurement in time; true once it is over. */
  async follow(): Promise<boolean> {
    const run = this.#run === null ? undefined : runs.byId[this.#run];
    if (!run) return false;
    if (run.step >= wanted && !this.#stopped && run.state === 'running') {
      this.#stopped = true;
      await client.runs.stop.mutate({ run: run.id });
    }
    if (isActive(run) || run.state === 'queued') return false;
    this.#run = null;
    return true;
  }
}

/** One at a time, and over a change of the view. */
export const measuring = new Measuring();
