// The published ResNet wraps transformers' configuration; ours takes its numbers directly. Nothing in the wrapper is passed over.
import { didYouMean, LabError, modelComponents, type ConfigTree, type ConfigValue } from '#contract';
import { isTree } from './merge.ts';

const path = 'model.backbone';
const { schema } = modelComponents.resnet;
const defaults: Record<string, unknown> = schema.parse({});

/** What transformers' configuration has and ours has not, with the values that mean what ours does. */
const fixed: Record<string, ConfigValue[]> = {
  _target_: ['transformers.ResNetConfig'], layer_type: ['basic'], hidden_act: ['relu'], downsample_in_bottleneck: [false], num_channels: [3],
};
/** Names of ours that differ from transformers'. */
const renamed: Record<string, string> = { num_labels: 'num_classes' };

const refuse = (key: string, why: string) => new LabError('CONFIG_INVALID', `'${key}' ${why}`, { place: { key } });
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

function checkFixed(tree: ConfigTree, allowed: Record<string, ConfigValue[]>, place: string): void {
  for (const [key, values] of Object.entries(allowed)) {
    const value = tree[key];
    if (value !== undefined && !values.some((each) => same(each, value))) throw refuse(`${place}.${key}`, `is ${JSON.stringify(value)}; only ${values.map((each) => JSON.stringify(each)).join(' or ')} is supported.`);
  }
}

function checkNames(tree: ConfigTree, names: string[], place: string): void {
  const unknown = Object.keys(tree).find((key) => !names.includes(key));
  if (unknown !== undefined) throw refuse(`${place}.${unknown}`, `is not an option here.${didYouMean(unknown, names)} There are ${names.join(', ')}.`);
}

/**
 * The options of a ResNet, out of its wrapper if it has one. Keys beside the wrapper (model.depths) go before those inside.
 * @param channels of the data set's images
 * @throws LabError CONFIG_INVALID for a value that would be passed over
 */
export function unwrapResnet({ backbone, ...own }: ConfigTree, channels: number): ConfigTree {
  if (backbone === undefined) return own;
  if (!isTree(backbone)) throw refuse(path, `is ${JSON.stringify(backbone)}; it must be a mapping. For a ResNet without it choose model=resnet18.`);
  checkNames(backbone, ['_target_', 'config'], path);
  checkFixed(backbone, { _target_: ['transformers.ResNetForImageClassification'] }, path);
  const inner = backbone.config ?? {};
  if (!isTree(inner)) throw refuse(`${path}.config`, `is ${JSON.stringify(inner)}; it must be a mapping.`);
  const keys = Object.keys(schema.shape).filter((key) => key !== 'num_classes');
  checkNames(inner, [...keys, ...Object.keys(renamed), ...Object.keys(fixed)], `${path}.config`);
  checkFixed(inner, { ...fixed, num_channels: [...new Set([3, channels])] }, `${path}.config`);
  const given = Object.entries(inner).filter(([key]) => !(key in fixed)).map(([key, value]): [string, ConfigValue] => [renamed[key] ?? key, value]);
  const twice = given.find(([key, value]) => key !== 'num_classes' && own[key] !== undefined && !same(own[key], value) && !same(value, defaults[key]));
  if (twice) throw refuse(`model.${twice[0]}`, `is ${JSON.stringify(own[twice[0]])}, but '${path}.config.${twice[0]}' is ${JSON.stringify(twice[1])}. Give one of them.`);
  return { ...Object.fromEntries(given), ...own };
}
