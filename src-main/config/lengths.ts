// Values that follow train.max_iter in a run that counts epochs: they follow the run's real length instead.
import type { ComposeOptions, Composed } from './compose.ts';
import { parseExperiment } from './experiment.ts';
import { quoteValue } from './grammar/literal.ts';
import { getAt, setAt } from './merge.ts';
import { copyNode, type NodeTree } from './values.ts';

/**
 * `train.max_epochs` puts `train.max_iter` out of use, and with it every value that is interpolated from it, as the T_max of the cosine
 * schedule. Where the length is known these values are set to it, as overrides that compose to the same; else a warning names them.
 */
export function settleLengths<Of extends Composed>(composed: Of, { stepsOf }: Pick<ComposeOptions, 'stepsOf'>): { settled: Of; warnings: string[] } {
  const { config, exact, references, overrides } = composed;
  const epochs = getAt(config, 'train.max_epochs');
  const paths = Object.entries(references).filter(([path, text]) => /^\$\{train\.max_iter\}$/.test(text) && path !== 'train.max_iter').map(([path]) => path);
  if (typeof epochs !== 'number' || paths.length === 0 || stepsOf === undefined) return { settled: composed, warnings: [] };
  const steps = stepsOf(parseExperiment(config).experiment);
  if (steps === null) return { settled: composed, warnings: paths.map((path) => `${path} is ${quoteValue(getAt(config, path) ?? null)}, the value of train.max_iter, but the run is ${epochs} epochs long. Set ${path} to the number of its iterations.`) };
  const [changed, changedExact] = [structuredClone(config), copyNode(exact) as NodeTree];
  for (const path of paths) for (const tree of [changed, changedExact]) setAt(tree, path, steps);
  return { settled: { ...composed, config: changed, exact: changedExact, overrides: [...overrides, ...paths.map((path) => `${path}=${steps}`)] }, warnings: [] };
}
