// Which of the data sets that the form's runs want are on this computer.
import { originNote } from '#contract';
import { client, type Outputs } from '../../client/client.ts';
import { jobs } from '../../state/jobs.svelte.ts';
import { attempt } from '../../state/notices.svelte.ts';
import { isGenerated, missingOf, type Missing } from './missing.ts';

/** Made while a component is, for as long as this lives; asks again whenever a download or an import has ended. */
export class Wanted {
  #listing = $state.raw<Outputs['datasets']['list'] | null>(null);
  readonly #names: () => string[];

  /** `names`: as they are installed. */
  constructor(names: () => string[]) {
    this.#names = names;
    const ended = $derived(jobs.list.filter(({ state }) => state !== 'running').length);
    $effect(() => {
      void ended;
      void attempt(async () => { this.#listing = await client.datasets.list.query(); });
    });
  }

  /** Names of the image folders that are installed. */
  get folders(): string[] { return (this.#listing ?? []).filter(({ state, origin }) => state === 'installed' && origin?.kind === 'folder').map(({ name }) => name); }
  /** What is other than published in the data sets that are wanted, by name. */
  get notes(): { name: string; note: string }[] {
    return this.names.flatMap((name) => {
      const origin = this.#listing?.find((listed) => listed.name === name)?.origin;
      const note = origin ? originNote(origin) : null;
      return note === null ? [] : [{ name, note }];
    });
  }

  get names(): string[] { return this.#names(); }
  get missing(): Missing { return missingOf(this.names, this.#listing ?? []); }
  /** Whether `missing` can be believed: before the first answer nothing but generated pictures is known to be here. */
  get known(): boolean { return this.#listing !== null || this.names.every(isGenerated); }

  /** Whether a run with the first of them could begin now; null while that is not known. */
  get firstIsHere(): boolean | null {
    const [first] = this.names;
    if (first === undefined || !this.known) return null;
    const { fetched, others } = this.missing;
    return !fetched.includes(first) && !others.includes(first);
  }
}
