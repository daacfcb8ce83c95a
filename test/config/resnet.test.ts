// The published ResNet and its wrapper: every number counts, and nothing that is set is passed over.
import { describe, expect, test } from 'vitest';
import { composeRun, parseExperiment } from '#config';

const modelOf = (...overrides: string[]) => parseExperiment(composeRun({ overrides: ['model=resnet', ...overrides] }).config).experiment.model;

test('numbers beside the wrapper and inside it count alike', () => {
  const wanted = { name: 'resnet', options: { depths: [1, 1, 1, 1], embedding_size: 8, hidden_sizes: [64, 128, 256, 512], num_classes: 10 } };
  expect(modelOf('model.depths=[1,1,1,1]', 'model.embedding_size=8')).toMatchObject(wanted);
  expect(modelOf('model.backbone.config.depths=[1,1,1,1]', 'model.backbone.config.embedding_size=8')).toMatchObject(wanted);
  expect(modelOf('model.backbone.config.depths=[1,1,1,1]', 'model.embedding_size=8')).toMatchObject(wanted);
  expect(modelOf()).toEqual(parseExperiment(composeRun({ overrides: ['model=resnet18'] }).config).experiment.model);
  expect(modelOf('dataset=mnist', 'model.backbone.config.num_channels=1').name).toBe('resnet');
});

describe('refused is', () => {
  test.each([
    [['model.backbone._target_=x'], /'model.backbone._target_' is "x"; only "transformers.ResNetForImageClassification"/],
    [['model.backbone.config._target_=x'], /'model.backbone.config._target_' is "x"/],
    [['+model.backbone.dropout=1'], /'model.backbone.dropout' is not an option here/],
    [['+model.backbone.config.depth=[1]'], /'model.backbone.config.depth' is not an option here. Did you mean 'depths'/],
    [['model.backbone.config.layer_type=bottleneck'], /layer_type' is "bottleneck"; only "basic"/],
    [['model.backbone.config.hidden_act=gelu'], /hidden_act' is "gelu"/],
    [['model.backbone.config.downsample_in_bottleneck=true'], /downsample_in_bottleneck' is true/],
    [['model.backbone.config.num_channels=1'], /num_channels' is 1; only 3/],
    [['model.backbone.config.depths=[1,1,1,1]', 'model.depths=[3,3,3,3]'], /Give one of them/],
    [['model.backbone.config.num_labels=7'], /the data set has 10 classes/],
    [['model.backbone=3'], /must be a mapping/],
  ])('%s', (overrides, message) => expect(() => modelOf(...overrides)).toThrow(message));
});

test('a name that nothing reads is said, wherever it stands', () => {
  expect(composeRun({ overrides: ['model.name=mine'] }).warnings).toEqual(["'model.name' has no effect here: nothing reads it."]);
  expect(composeRun({ overrides: ['model.name=mine', 'train.experiment_name=${model.name}'] }).warnings).toEqual([]);
  expect(composeRun({ overrides: ['dataset={xdim: 64}'].map((text) => `+${text}`) }).warnings).toEqual(["'dataset.xdim' has no effect here: nothing reads it."]);
});
