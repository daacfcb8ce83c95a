// Downloads, imports and checks of data sets that are under way or have ended.
import type { DatasetJob } from '#contract';
import { client } from '../client/client.ts';
import { tellError } from './notices.svelte.ts';

export const jobs = $state({ list: [] as DatasetJob[] });

export function followJobs(): void {
  client.datasets.progress.subscribe(undefined, { onData: (list) => { jobs.list = list as DatasetJob[]; }, onError: tellError });
}
