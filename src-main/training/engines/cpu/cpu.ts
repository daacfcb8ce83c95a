// The oracle: tfjs's plain JavaScript backend with the reference kernels. A compiled step is the step itself, run each time, so that nothing in it is refused. Far too slow for work.
import '@tensorflow/tfjs-backend-cpu';
import { setBackend, tensor, tidy, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { registerReferenceKernels } from '#operations/reference/index';
import type { CompiledStep, Engine, InputSpec, StepFunction } from '../engine.ts';
import { checkedInput } from '../recording/inputs.ts';

let registered = false;

function compile(step: StepFunction, specs: Record<string, InputSpec>): CompiledStep {
  return {
    bytes: 0,
    async run(inputs) {
      const checked = Object.entries(specs).map(([name, spec]) => ({ name, ...spec, numbers: checkedInput(name, spec, inputs[name]) }));
      const outputs = tidy(() => step(Object.fromEntries(checked.map(({ name, numbers, shape, dtype }) => [name, tensor(numbers.slice(), shape, dtype)]))) as Record<string, Tensor>);
      const values = Object.fromEntries(Object.entries(outputs).map(([name, output]) => [name, Float32Array.from(output.dataSync())]));
      for (const output of Object.values(outputs)) output.dispose();
      return values;
    },
    dispose: () => {},
  };
}

/** Makes the cpu engine; there is one backend for the whole process. */
export async function createCpuEngine(): Promise<Engine> {
  if (!registered) registerReferenceKernels('cpu');
  registered = true;
  await setBackend('cpu');
  return {
    info: { name: 'cpu', device: 'plain JavaScript, one thread' },
    backend: 'cpu',
    compile: async (step, specs) => compile(step, specs),
    read: async (source: Variable) => Float32Array.from(source.dataSync()),
    write: async (target: Variable, values: Float32Array) => tidy(() => target.assign(tensor(values.slice(), target.shape) as Variable)),
    dispose: async () => {},
  };
}
