// What a batch takes is told from shapes; a compiled step of the wasm engine is the measure.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { composeRun, parseExperiment } from '#config';
import { activationCount, createModel, createOptimizer, createTrainStep, createWasmEngine, type Engine } from '#training';

let engine: Engine;
beforeAll(async () => { engine = await createWasmEngine({ threads: 1 }); });
afterAll(() => engine.dispose());

test.each([
  ['ConvMixer', ['experiment=quickstart']],
  ['ResNet', ['experiment=quickstart', 'model=resnet18', 'model.hidden_sizes=[32,64]', 'model.depths=[2,2]']],
  ['ResNeXt', ['experiment=quickstart', 'model=resnext', 'model.depth=11', 'model.cardinality=2', 'model.widen_factor=1', 'dataset.x_dim=16']],
])('%s', async (_, overrides) => {
  const { experiment: { model: choice, optimizer: optimizerChoice, dataset } } = parseExperiment(composeRun({ overrides }).config);
  const [batch, input] = [16, { channels: 3, size: dataset.x_dim }];
  const model = createModel(choice, { ...input, seed: 1 });
  const optimizer = createOptimizer(optimizerChoice, model.parameters);
  const plan = createTrainStep(model, optimizer);
  const step = await engine.compile(plan.step, plan.inputs([batch, input.size, input.size, 3]), plan.state);
  const measured = step.bytes - 4 * model.parameterCount; // the gradients are counted with the parameters
  const told = 4 * batch * activationCount(choice, input);
  expect(told / measured).toBeGreaterThan(0.6);
  expect(told / measured).toBeLessThan(1.4);
  step.dispose();
  optimizer.dispose();
  model.dispose();
});
