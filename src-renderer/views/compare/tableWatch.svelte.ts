// The table of a comparison, made where the figures are; and the steps at which the learning rate drops.
import type { Comparison, ComparisonTable } from '#contract';
import { client } from '../../client/client.ts';
import { latest } from '../../client/latest.ts';
import { toNumber } from '../../elements/format.ts';
import { tellError } from '../../state/notices.svelte.ts';
import { dropsOf } from './comparison.ts';

const restMs = 300;

/** Follows runs at work at their ends and epochs, a step of the queue at a time. */
export class TableWatch {
  table: ComparisonTable | null = $state.raw(null);
  #wait: ReturnType<typeof setTimeout> | undefined;
  #stop = (): void => {};

  ask(comparison: Comparison): void {
    this.close();
    this.#wait = setTimeout(() => {
      this.#stop = latest(client.compare.table.query(comparison), (made) => { this.table = made; }, tellError);
    }, this.table === null ? 0 : restMs);
  }

  close(): void {
    clearTimeout(this.#wait);
    this.#stop();
  }
}

/** Where the learning rate of a run drops; nothing where it has none, or bends smoothly. */
export async function rateDrops(runId: string): Promise<number[]> {
  try {
    const { steps, values } = await client.curves.decimated.query({ runId, key: 'lr', width: 500 });
    const drops = dropsOf(steps, values.map(toNumber));
    return drops.length <= 8 ? drops : [];
  } catch {
    return []; // the chart shows its curves all the same
  }
}
