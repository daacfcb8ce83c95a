// What every compute engine offers: a tfjs backend for single operations, and compiled training steps.
import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import type { EngineInfo } from '#contract';

/** Shape and type of one input of a step. */
export type InputSpec = { shape: number[]; dtype: 'float32' | 'int32' };

/**
 * A step written with tfjs and layer operations. Everything that changes from step to step is an input; state lives in
 * variables, which the step renews with `variable.assign`. Any other number is frozen when the step is recorded.
 */
export type StepFunction = (inputs: Record<string, Tensor>) => Record<string, Tensor>;

/** A compiled step. `run` returns copies of the outputs, in row-major order. */
export type CompiledStep = {
  run(inputs: Record<string, Float32Array | Int32Array>): Promise<Record<string, Float32Array>>;
  /** Bytes of engine memory that this step holds besides the state. */
  readonly bytes: number;
  dispose(): void;
};

/** A compute engine. Create it with its module's `create…Engine`; `choose.ts` picks one. */
export interface Engine {
  readonly info: EngineInfo;
  /** Name of its tfjs backend; `tf.setBackend` has been called with it. */
  readonly backend: string;
  /**
   * Records `step` once on inputs of these shapes and returns it compiled.
   * @param state every variable that the step reads or renews; others are refused
   * @throws LabError RECORDING_REFUSED where the step reads values on the host, uploads a large constant or makes an alias; the oracle
   * `cpu`, which records nothing, refuses only inputs of another size
   */
  compile(step: StepFunction, inputs: Record<string, InputSpec>, state: Variable[]): Promise<CompiledStep>;
  /** Values of a variable, row-major, as a copy. */
  read(variable: Variable): Promise<Float32Array>;
  /** Overwrites a variable's values in place, also after it was compiled into steps. */
  write(variable: Variable, values: Float32Array): Promise<void>;
  dispose(): Promise<void>;
}
