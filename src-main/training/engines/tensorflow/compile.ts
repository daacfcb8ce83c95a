// Compiles a step: records it as a graph, registers that as a function, and runs it as one operation. State goes in as handles and
// comes out as new ones; the variables remain the owners.
import { engine, tidy, type DataId, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { LabError } from '#contract';
import { runUpdate } from '../tensorflowKernels/index.ts';
import type { CompiledStep, InputSpec, StepFunction } from '../engine.ts';
import { refused } from '../recording/block.ts';
import { checkedInput } from '../recording/inputs.ts';
import { outsiders, partDataIds } from '../recording/variables.ts';
import type { TensorflowBackend } from './backend.ts';
import { dtypes, type Binding } from './binding.ts';
import { encodeGraph } from './graphDef.ts';
import { joinGelu } from './joinGelu.ts';
import { Recorder } from './record.ts';
import type { Traits, Value } from './sink.ts';

type Specs = Record<string, InputSpec>;
type Subject = { step: StepFunction; specs: Specs; state: Variable[]; traits: Traits };
/** `renewed` are the indices of the state that the step renews, in the order of the outputs after the named ones. */
type Recording = { recorder: Recorder; inputs: string[]; outputs: string[]; names: string[]; renewed: number[] };

let compiled = 0;

/** What stands for a variable that is not state: no node may take it, and no handle is deleted with it. */
const foreign = (value: Value): Value => ({ ...value, handle: null, node: null });

/** Puts placeholders in the state's place; what it gives puts all variables back, whatever the step did to them, and tells which of the others it renewed. */
function standIn(backend: TensorflowBackend, state: Variable[], recorder: Recorder): { places: Value[]; trespassed(): boolean; restore(): void } {
  const held = new Map<DataId, Value>();
  for (const { dataId } of state) {
    if (held.has(dataId)) throw new LabError('RECORDING_REFUSED', 'Two variables of the state share their memory; clone one of them.');
    held.set(dataId, backend.valueAt(dataId));
  }
  const others = outsiders(backend, state).filter(({ dataId }) => !held.has(dataId));
  for (const { dataId } of others) held.set(dataId, backend.valueAt(dataId));
  const standing = [...state, ...others].map((variable) => ({ variable, original: variable.dataId }));
  const places = state.map(({ dataId }) => recorder.placeholder(backend.valueAt(dataId)));
  standing.forEach(({ original }, index) => backend.rebind(original, places[index] ?? foreign(held.get(original) as Value)));
  return {
    places,
    trespassed: () => standing.slice(state.length).some(({ variable, original }) => variable.dataId !== original),
    restore() {
      partDataIds(backend, standing, ({ dataId }) => backend.wrap(backend.valueAt(dataId)));
      for (const { variable, original } of standing) {
        const value = held.get(original) as Value;
        // A tensor that shares the variable's data id keeps it; the variable, given another one by the step, takes a view.
        const shared = variable.dataId !== original && backend.holds(original);
        if (backend.holds(original)) backend.rebind(original, value);
        if (variable.dataId !== original) backend.rebind(variable.dataId, shared ? backend.eager.scope(() => [backend.eager.view(value)])[0] as Value : value);
      }
    },
  };
}

/** Runs the step's JavaScript once under a recorder; whatever happens, state keeps its values. */
function record(backend: TensorflowBackend, { step, specs, state, traits }: Subject): Recording {
  const recorder = new Recorder(traits, runUpdate);
  const given = Object.entries(specs).map(([name, { shape, dtype }]) => ({ name, dtype, place: recorder.placeholder({ shape, dtype }) }));
  const { places, trespassed, restore } = standIn(backend, state, recorder);
  const tensors = Object.fromEntries(given.map(({ name, place }) => {
    const { dataId, shape, dtype } = backend.wrap(place);
    return [name, engine().makeTensorFromDataId(dataId, shape, dtype)];
  }));
  let made: Record<string, Tensor> = {};
  backend.recorder = recorder;
  try {
    made = tidy(() => step(tensors) as Record<string, Tensor>);
    if (trespassed()) throw refused('renews a variable that is not in its state. Hand it over there');
    recorder.finish();
    const taken = new Set<string>();
    const named = Object.entries(made).map(([name, tensor]) => {
      const value = backend.valueAt(tensor.dataId);
      if (places.some(({ node }) => node === value.node)) throw new LabError('RECORDING_REFUSED', `Output ${name} of a step to be compiled is state itself; read the state instead.`);
      return recorder.output(value, taken);
    });
    const ends = state.map(({ dataId }) => backend.valueAt(dataId));
    const renewed = ends.flatMap(({ node }, index) => (node === places[index]?.node ? [] : [index]));
    const states = renewed.map((index) => recorder.output(ends[index] as Value, taken));
    return { recorder, inputs: [...given.map(({ place }) => place), ...places].map(({ node }) => node as string), outputs: joinGelu(recorder, [...named, ...states]), names: Object.keys(made), renewed };
  } finally {
    for (const tensor of [...Object.values(made), ...Object.values(tensors)]) if (!state.includes(tensor as Variable)) tensor.dispose();
    restore();
    backend.recorder = null;
  }
}

/** Uploads a run's inputs. @throws LabError RECORDING_REFUSED for inputs of another size */
function upload(binding: Binding, specs: Specs, values: Record<string, Float32Array | Int32Array>): number[] {
  const checked = Object.entries(specs).map(([name, spec]) => ({ ...spec, numbers: checkedInput(name, spec, values[name]) }));
  return checked.map(({ shape, dtype, numbers }) => binding.copyTensor(shape, dtypes[dtype], numbers));
}

/** What TensorFlow says when it fails, in the product's words where memory is the reason. */
function failure(thrown: unknown): LabError {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (/OOM|RESOURCE_EXHAUSTED|out of memory|failed to allocate/i.test(message)) {
    return new LabError('TRAINER_FAILED', `Memory ran out (${message.split('\n')[0]}). Lower dataset.data_module.batch_size, or choose a smaller model.`, { cause: thrown });
  }
  return new LabError('TRAINER_FAILED', `TensorFlow could not run the step: ${message}`, { cause: thrown });
}

/** @throws LabError RECORDING_REFUSED */
export function compileStep(backend: TensorflowBackend, subject: Subject): CompiledStep {
  const { binding } = backend;
  const { specs, state } = subject;
  const { recorder, inputs, outputs, names, renewed } = record(backend, subject);
  compiled += 1;
  const name = `lab_step_${compiled}`;
  binding.addFunction(name, encodeGraph(recorder.nodes), inputs, outputs);
  let disposed = false;
  return {
    bytes: recorder.peakBytes(outputs),
    async run(values) {
      if (disposed) throw new LabError('INTERNAL', 'This compiled step was disposed; compile it again to run it.');
      const uploaded = upload(binding, specs, values);
      try {
        const made = binding.executeOp(name, [], [...uploaded, ...state.map(({ dataId }) => backend.valueAt(dataId).handle as number)], outputs.length);
        renewed.forEach((index, at) => {
          const { dataId } = state[index] as Variable;
          const old = backend.valueAt(dataId);
          backend.rebind(dataId, { ...old, handle: made[names.length + at]!.id });
          binding.deleteTensor(old.handle as number);
        });
        return Object.fromEntries(names.map((output, index) => {
          const { id } = made[index]!;
          const numbers = binding.tensorDataSync(id);
          binding.deleteTensor(id);
          return [output, numbers instanceof Float32Array ? numbers : Float32Array.from(numbers)];
        }));
      } catch (thrown) {
        throw failure(thrown);
      } finally {
        for (const id of uploaded) binding.deleteTensor(id);
      }
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      binding.removeFunction(name);
    },
  };
}
