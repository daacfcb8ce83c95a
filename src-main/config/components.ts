// From `_target_` names to components: the published ones, PyTorch's, and ours are aliases of the same schemas.
import type { z } from 'zod';
import { datasetComponents, modelComponents, optimizerComponents, schedulerComponents, trainSchema } from '#contract';
import { getAt, isTree } from './merge.ts';
import type { NodeTree } from './values.ts';

export type ComponentKind = 'dataset' | 'model' | 'optimizer' | 'scheduler';
type Component = { label: string; target: string; aliases: readonly string[]; schema: z.ZodObject; leastSize?: number };

export const components: Record<ComponentKind, Record<string, Component>> = {
  dataset: datasetComponents, model: modelComponents, optimizer: optimizerComponents, scheduler: schedulerComponents,
};

/** Where each kind's `_target_` stands in a configuration. */
export const componentPaths: Record<ComponentKind, string> = { dataset: 'dataset.data_module', model: 'model', optimizer: 'train.optimizer', scheduler: 'train.scheduler' };

/** The component of a `_target_`, by its name or an alias. */
export function findComponent(kind: ComponentKind, target: string): { name: string; component: Component } | null {
  const found = Object.entries(components[kind]).find(([, component]) => component.target === target || component.aliases.includes(target));
  return found ? { name: found[0], component: found[1] } : null;
}

/** Keys that a schema knows at a dotted path though no file names them: they may be set without `+`. */
export function schemaKeys(config: NodeTree, parent: string): string[] {
  if (parent === 'train') return Object.keys(trainSchema.shape);
  const kind = (Object.keys(componentPaths) as ComponentKind[]).find((name) => componentPaths[name] === parent);
  if (kind === undefined) return [];
  const at = getAt(config, parent);
  const target = isTree(at) ? at._target_ : undefined;
  const found = typeof target === 'string' ? findComponent(kind, target) : null;
  return found ? Object.keys(found.component.schema.shape) : [];
}
