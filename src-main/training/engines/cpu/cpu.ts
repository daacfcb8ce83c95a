// The oracle: tfjs's plain JavaScript backend with the reference kernels. A compiled step is the step itself, run each time. Far too slow for work.
import '@tensorflow/tfjs-backend-cpu';
import { setBackend, tensor, tidy, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { LabError } from '#contract';
import { registerReferenceKernels } from '#operations/reference/index';
import type { CompiledStep, Engine, InputSpec, StepFunction } from '../engine.ts';

let registered = false;

function checkInputs(specs: Record<string, InputSpec>, inputs: Record<string, Float32Array | Int32Array>): void {
  for (const [name, { shape }] of Object.entries(specs)) {
    const length = shape.reduce((product, side) => product * side, 1);
    if (inputs[name]?.length !== length) throw new LabError('RECORDING_REFUSED', `Input ${name} must hold ${length} numbers, shape [${shape.join(', ')}]; it holds ${inputs[name]?.length ?? 'none'}.`);
  }
}

function compile(step: StepFunction, specs: Record<string, InputSpec>): CompiledStep {
  return {
    bytes: 0,
    async run(inputs) {
      checkInputs(specs, inputs);
      const outputs = tidy(() => step(Object.fromEntries(
        Object.entries(specs).map(([name, { shape, dtype }]) => [name, tensor((inputs[name] as Float32Array).slice(), shape, dtype)]),
      )) as Record<string, Tensor>);
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
