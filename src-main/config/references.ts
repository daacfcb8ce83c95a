// Which values of a configuration are interpolations of other keys.
import { leavesOf } from './leaves.ts';
import type { NodeTree } from './values.ts';

/** Interpolations of a composed configuration by the path of their value: `train.scheduler.T_max` is `${train.max_iter}`. */
export type References = Record<string, string>;

const refersToKeys = /^(?:[^$\\]|\$(?!\{)|\$\{\.*[\w.[\]]+\})*$/;

/** Interpolations of other keys; what depends on the environment is settled when a run is queued. */
export function referencesIn(unresolved: NodeTree): References {
  return Object.fromEntries([...leavesOf(unresolved)].filter((leaf): leaf is [string, string] => typeof leaf[1] === 'string' && leaf[1].includes('${') && refersToKeys.test(leaf[1])));
}
