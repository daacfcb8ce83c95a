// From a composed configuration to a typed experiment: every value checked against its component's schema.
import type { z } from 'zod';
import { didYouMean, LabError, trainSchema, type ConfigTree, type DatasetChoice, type Experiment, type ModelChoice, type OptimizerChoice, type SchedulerChoice } from '#contract';
import { componentPaths, components, findComponent, type ComponentKind } from './components.ts';
import { getAt, isTree } from './merge.ts';
import { unwrapResnet } from './resnet.ts';

type Parsed = { name: string; options: Record<string, unknown> };
type Context = { warnings: string[] };

/** What is wrong with a value, after its key: must be …; it is …. */
export function issueMessage(issue: z.core.$ZodIssue, value: unknown): string {
  const shown = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'nothing');
  if (value === Infinity || value === -Infinity) return `must be a finite number; it is ${shown} (what is beyond 1.797e308 counts as that)`;
  if (issue.code === 'too_small') return `must be ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}; it is ${shown}`;
  if (issue.code === 'too_big') return `must be ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}; it is ${shown}`;
  if (issue.code === 'invalid_type') return `must be ${issue.expected === 'int' ? 'a whole number' : `a ${issue.expected}`}; it is ${shown}`;
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.join(', ')}; it is ${shown}`;
  return `${issue.message}; it is ${shown}`;
}

/** Parses options by a schema. @throws LabError CONFIG_INVALID naming the key, the value and what is allowed */
function parseOptions(schema: z.ZodObject, options: ConfigTree, path: string): Record<string, unknown> {
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => {
    if (issue.code === 'unrecognized_keys') {
      const names = Object.keys(schema.shape);
      return issue.keys.map((key) => `'${path}.${key}' is not an option here.${didYouMean(key, names)} There are ${names.join(', ')}.`).join('\n');
    }
    const key = [path, ...issue.path].join('.');
    return `'${key}' ${issueMessage(issue, getAt(options, issue.path.join('.')))}.`;
  });
  const [first] = result.error.issues;
  throw new LabError('CONFIG_INVALID', lines.join('\n'), { place: { key: [path, ...(first?.path ?? [])].join('.') } });
}

const without = (tree: ConfigTree, keys: string[]): ConfigTree => Object.fromEntries(Object.entries(tree).filter(([key]) => !keys.includes(key)));

function componentAt(config: ConfigTree, kind: ComponentKind): { name: string; schema: z.ZodObject; options: ConfigTree } {
  const path = componentPaths[kind];
  const node = getAt(config, path);
  const target = isTree(node) ? node._target_ : undefined;
  if (!isTree(node) || typeof target !== 'string') throw new LabError('CONFIG_INVALID', `'${path}' has no _target_ that says which ${kind} to use. Choose one, for instance ${path.replaceAll('.', '/')}=…`, { place: { key: path } });
  const found = findComponent(kind, target);
  if (!found) {
    const targets = Object.values(components[kind]).map((component) => component.target);
    throw new LabError('CONFIG_INVALID', `'${path}._target_' is '${target}', which is none of ours.${didYouMean(target, targets)} There are ${targets.join(', ')}.`, { place: { key: `${path}._target_` } });
  }
  const options = without(node, ['_target_']);
  return { name: found.name, schema: found.component.schema, options };
}

function parseDataset(config: ConfigTree): DatasetChoice {
  const { name, schema, options } = componentAt(config, 'dataset');
  const size = (key: string, fallback: number) => {
    const value = getAt(config, `dataset.${key}`) ?? fallback;
    if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value;
    throw new LabError('CONFIG_INVALID', `'dataset.${key}' must be a whole number above 0; it is ${JSON.stringify(value)}.`, { place: { key: `dataset.${key}` } });
  };
  const given = parseOptions(schema, options, componentPaths.dataset);
  if (name === 'image_folder' && given.folder === '') {
    throw new LabError('CONFIG_INVALID', "'dataset.data_module.folder' names no image folder. Import one (on the page Data sets, or by vsgd-lab datasets import FOLDER) and give its name.", { place: { key: 'dataset.data_module.folder' } });
  }
  const unknown = ['x_dim', 'num_classes'].find((key) => name === 'image_folder' && getAt(config, `dataset.${key}`) === null);
  if (unknown !== undefined) {
    throw new LabError('CONFIG_INVALID', `'dataset.${unknown}' is not known: the image folder '${given.folder}' is not installed here. Import it, or set dataset.${unknown}.`, { place: { key: `dataset.${unknown}` } });
  }
  return { name, x_dim: size('x_dim', 32), num_classes: size('num_classes', 10), options: given } as DatasetChoice;
}

function parseModel(config: ConfigTree, dataset: DatasetChoice): ModelChoice {
  const { name, schema, options: all } = componentAt(config, 'model');
  const raw = without(all, ['name']);
  const options = name === 'resnet' ? unwrapResnet(raw, dataset.name === 'mnist' ? 1 : 3) : raw;
  const classes = options.num_classes ?? dataset.num_classes;
  if (classes !== dataset.num_classes) throw new LabError('CONFIG_INVALID', `'model.num_classes' is ${JSON.stringify(classes)}, the data set has ${dataset.num_classes} classes. Leave it to the data set, or set dataset.num_classes too.`, { place: { key: 'model.num_classes' } });
  return { name, options: parseOptions(schema, { ...options, num_classes: classes }, componentPaths.model) } as ModelChoice;
}

/** Options of another schedule that experiment files leave behind are put aside with a warning. */
function parseScheduler(config: ConfigTree, { warnings }: Context): SchedulerChoice {
  const node = getAt(config, componentPaths.scheduler);
  if (node === undefined || node === null) return null;
  const { name, schema, options } = componentAt(config, 'scheduler');
  const foreign = Object.entries(components.scheduler).filter(([other]) => other !== name).flatMap(([, component]) => Object.keys(component.schema.shape));
  const own = Object.keys(schema.shape);
  const left = Object.keys(options).filter((key) => !own.includes(key) && foreign.includes(key));
  if (left.length > 0) warnings.push(`train.scheduler: ${left.join(', ')} ${left.length > 1 ? 'belong' : 'belongs'} to another schedule than ${name} and ${left.length > 1 ? 'are' : 'is'} not used.`);
  const kept = Object.fromEntries(Object.entries(options).filter(([key]) => !left.includes(key)));
  return { name, options: parseOptions(schema, kept, componentPaths.scheduler) } as SchedulerChoice;
}

/**
 * Checks a composed configuration.
 * @returns the experiment, and warnings about what is not used
 * @throws LabError CONFIG_INVALID
 */
export function parseExperiment(config: ConfigTree): { experiment: Experiment; warnings: string[] } {
  const context: Context = { warnings: [] };
  const dataset = parseDataset(config);
  const model = parseModel(config, dataset);
  const optimizer = componentAt(config, 'optimizer');
  const parsed: Parsed = { name: optimizer.name, options: parseOptions(optimizer.schema, optimizer.options, componentPaths.optimizer) };
  const scheduler = parseScheduler(config, context);
  const train = isTree(config.train) ? without(config.train, ['optimizer', 'scheduler']) : {};
  const options = parseOptions(trainSchema, train, 'train') as Experiment['train'];
  return { experiment: { dataset, model, optimizer: parsed as OptimizerChoice, scheduler, train: options }, warnings: context.warnings };
}
