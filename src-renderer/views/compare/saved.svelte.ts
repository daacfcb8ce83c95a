// Comparisons under a name: listed, saved, forgotten with a way back.
import type { Comparison, Figure, SavedComparison } from '#contract';
import { client } from '../../client/client.ts';
import { go } from '../../state/address.svelte.ts';
import { attempt, tellDone } from '../../state/notices.svelte.ts';
import { queryOf } from './comparison.ts';

export class SavedList {
  list: SavedComparison[] = $state.raw([]);

  constructor() {
    void this.load();
  }

  async load(): Promise<void> {
    await attempt(async () => { this.list = await client.compare.saved.query(); });
  }

  /** @returns whether it is saved */
  async save(name: string, comparison: Comparison, figure: Figure): Promise<boolean> {
    const made = await attempt(() => client.compare.save.mutate({ name, comparison, figure }));
    if (!made) return false;
    await this.load();
    go(['compare'], queryOf(made.comparison, made.name));
    tellDone(`Saved as '${made.name}'. vsgd-lab compare --saved makes the same figures.`);
    return true;
  }

  async remove(name: string): Promise<void> {
    const gone = await attempt(() => client.compare.remove.mutate({ name }));
    if (!gone) return;
    await this.load();
    const { comparison, figure } = gone;
    tellDone(`Forgot '${gone.name}'.`, async () => { await client.compare.save.mutate({ name: gone.name, comparison, figure }); await this.load(); });
  }
}
