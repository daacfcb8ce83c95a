// The measuring child: compiles one model's training step on one engine, runs it for a while on noise, prints milliseconds per step.
import { candidates, type EnginesFolder } from '../engines/candidates.ts';
import { answerMark } from '../engines/probing/runChild.ts';
import { createModel } from '../models/model.ts';
import { createOptimizer } from '../optimizers/createOptimizer.ts';
import { createTrainStep } from '../step.ts';
import { measureCases, measuredOptimizer } from './cases.ts';

const { engine: name, model: caseName, engines, budgetMs, maxSteps } = JSON.parse(process.argv[2] ?? '{}') as { engine: string; model: string; engines: EnginesFolder; budgetMs: number; maxSteps: number };
const candidate = candidates.find((one) => one.name === name);
const subject = measureCases.find((one) => one.name === caseName);
if (!candidate || !subject) throw new Error(`There is no engine '${name}' or no model '${caseName}'.`);

const engine = await candidate.create({ engines, device: 'auto', threads: 0 });
const model = createModel(subject.model, { channels: subject.shape[3], size: subject.shape[1], seed: 1 });
const optimizer = createOptimizer(measuredOptimizer, model.parameters);
const plan = createTrainStep(model, optimizer);
const compiled = await engine.compile(plan.step, plan.inputs(subject.shape), plan.state);
const images = Float32Array.from({ length: subject.shape.reduce((product, side) => product * side, 1) }, (_, index) => Math.sin(index));
const labels = Int32Array.from({ length: subject.shape[0] }, (_, index) => index % 10);

const times: number[] = [];
const begun = performance.now();
// The first step warms up caches; the wasm engine tries its numbers of threads in the first six.
for (let step = 0; step < 2 || (step < maxSteps && performance.now() - begun < budgetMs); step += 1) {
  const start = performance.now();
  await compiled.run({ images, labels, hyper: optimizer.hyper(0.01), limits: new Float32Array(2) });
  optimizer.t += 1;
  if (step > 0) times.push(performance.now() - start);
}
times.sort((one, other) => one - other);
process.stdout.write(`\n${answerMark}${JSON.stringify({ msPerStep: times[Math.floor(times.length / 2)], steps: times.length })}\n`, () => process.exit(0));
