// Downloads, inspections, imports and checks of data sets that are under way or have ended.
import type { DatasetJob } from '#contract';
import { client } from '../client/client.ts';
import { tellError } from './notices.svelte.ts';

export const jobs = $state({ list: [] as DatasetJob[] });

/** Failures that were there before this page was loaded: they have been seen, and are not shown again. */
let seen: Set<string> | null = null;

export function followJobs(): void {
  client.datasets.progress.subscribe(undefined, {
    onData: (all) => {
      const list = all as DatasetJob[];
      seen ??= new Set(list.filter(({ state }) => state === 'failed').map(({ id }) => id));
      jobs.list = list.filter(({ id }) => !seen?.has(id));
    },
    onError: tellError,
  });
}
