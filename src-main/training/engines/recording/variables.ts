// What a step that is recorded may do to tfjs's variables, and what is written over them.
import { engine, type DataId, type TensorInfo, type Variable } from '@tensorflow/tfjs-core';
import { LabError } from '#contract';

/** What is to be written over a variable. @throws LabError INTERNAL for another size: memory beside it is not its own */
export function checkedValues({ name, size }: Variable, values: Float32Array): Float32Array {
  if (values.length === size) return values;
  throw new LabError('INTERNAL', `Variable ${name} holds ${size} numbers; ${values.length} were to be written.`);
}

/** This engine's variables that a step is not given as state. */
export function outsiders(backend: { holds(dataId: DataId): boolean }, state: Variable[]): Variable[] {
  const given = new Set(state);
  return Object.values(engine().registeredVariables).filter((variable) => !given.has(variable) && backend.holds(variable.dataId));
}

/** A variable, and the data id that it had before the step was recorded. */
export type Standing = { variable: Variable; original: DataId };

/** Gives each variable a data id of its own: a step may have assigned one tensor, or one variable, to several. @param again the same value once more */
export function partDataIds(backend: { holds(dataId: DataId): boolean }, standing: Standing[], again: (variable: Variable) => TensorInfo): void {
  const owners = new Map(standing.map(({ variable, original }) => [original, variable]));
  const taken = new Set<DataId>();
  for (const { variable } of standing) {
    const isAnothers = taken.has(variable.dataId) || (owners.get(variable.dataId) ?? variable) !== variable;
    if (isAnothers && backend.holds(variable.dataId)) {
      const { dataId, shape, dtype } = again(variable);
      const own = engine().makeTensorFromDataId(dataId, shape, dtype);
      variable.assign(own);
      own.dispose();
    }
    taken.add(variable.dataId);
  }
}
