// The configuration for a form: what there is, what override texts compose to, errors at their field.
import { describeForm, expandSweep, parseExperiment, parseOverride, toYaml, type FormDescription } from '#config';
import { serializeError, type ConfigTree, type Experiment, type SerializedError } from '#contract';
import { installedName } from '#datasets';
import { previewSchedule } from '#training';
import { composeWithData } from './datasets/facts.ts';
import { checkRun, stepsOf } from './enqueue/check.ts';
import type { Lab } from './lab.ts';

/** An error of one override (`index`), or of the whole. */
export type ComposeFault = { index: number | null; error: SerializedError };
export type ComposedView = {
  config: ConfigTree | null;
  yaml: string | null;
  experiment: Experiment | null;
  /** Overrides of every run that this would make: one list without a sweep. */
  runs: string[][];
  /** The optimizer's settings in the first run of each option that a sweep over optimizers has. */
  optimizers: Record<string, ConfigTree>;
  /** Installed data sets that the runs want, by name. */
  datasets: string[];
  warnings: string[];
  faults: ComposeFault[];
};
export type ComposeInput = { overrides: string[]; multirun?: boolean };

const nothing: ComposedView = { config: null, yaml: null, experiment: null, runs: [], optimizers: {}, datasets: [], warnings: [], faults: [] };

/** Groups with their options, schemas of every component, and the defaults. */
export const describeConfiguration = (): FormDescription => describeForm();

function syntaxFaults(overrides: string[]): ComposeFault[] {
  return overrides.flatMap((text, index) => {
    try {
      parseOverride(text);
      return [];
    } catch (error) {
      return [{ index, error: serializeError(error) }];
    }
  });
}

/** Which override an error is about, by its key. */
function indexOf(overrides: string[], key: string | undefined): number | null {
  const found = key === undefined ? -1 : overrides.findLastIndex((text) => text.replace(/^(\+\+|\+|~)/, '').split(/[=@]/)[0] === key);
  return found < 0 ? null : found;
}

/** Composes override texts without throwing: what came out, and what is wrong at which override. In a sweep the first run is shown and all are checked. */
export function composeView({ overrides, multirun = false }: ComposeInput, lab: Lab | null = null): ComposedView {
  const faults = syntaxFaults(overrides);
  if (faults.length > 0) return { ...nothing, faults };
  let view = nothing;
  try {
    const runs = multirun ? expandSweep(overrides) : [overrides];
    view = { ...view, runs };
    for (const [index, list] of runs.slice(0, 200).entries()) {
      const { config, exact, overrides: settled, warnings: left } = composeWithData(lab, { overrides: list, stepsOf: (wanted) => stepsOf(lab, wanted) });
      runs[index] = settled;
      if (index === 0) view = { ...view, config, yaml: toYaml(exact) };
      const { experiment, warnings } = parseExperiment(config);
      if (index === 0) view = { ...view, experiment };
      const option = list.findLast((text) => text.startsWith('train/optimizer='))?.slice('train/optimizer='.length);
      if (runs.length > 1 && option !== undefined && !Object.hasOwn(view.optimizers, option)) view = { ...view, optimizers: { ...view.optimizers, [option]: (config.train as ConfigTree).optimizer as ConfigTree } };
      const remarks = checkRun(lab, experiment, null);
      view = { ...view, warnings: [...new Set([...view.warnings, ...left, ...warnings, ...remarks])], datasets: [...new Set([...view.datasets, installedName(experiment.dataset)])] };
    }
    return view;
  } catch (thrown) {
    const error = serializeError(thrown);
    return { ...view, faults: [{ index: indexOf(overrides, error.place.key), error }] };
  }
}

/** Learning rates over a run, at most `points` of them, the first and the last included. @throws LabError of the configuration */
export function schedulePreview({ overrides, points = 200 }: { overrides: string[]; points?: number }, lab: Lab | null = null): { steps: number[]; rates: number[]; approximate: boolean } {
  const { experiment } = parseExperiment(composeWithData(lab, { overrides, stepsOf: (wanted) => stepsOf(lab, wanted) }).config);
  const { scheduler, optimizer, train } = experiment;
  const known = stepsOf(lab, experiment);
  const total = Math.min(known ?? train.max_iter, 2_000_000);
  const all = previewSchedule(scheduler, optimizer.options.lr, total);
  const count = Math.min(points, total);
  const steps = Array.from({ length: count }, (_, index) => Math.round((index * (total - 1)) / Math.max(1, count - 1)));
  return { steps, rates: steps.map((step) => all[step] as number), approximate: scheduler?.name === 'plateau' || known === null };
}
