// Mixed precision: linear operations in a shorter type, their inputs and results in float32.
import type { Sink, Value } from '../tensorflow/sink.ts';
import { arithmetic, cast } from './algebra.ts';

/** Float16 has no numbers below 6e-8: gradients are lifted by a power of two on the way through it. */
const float16Lift = 1024;

/**
 * Runs a linear operation in the type of mixed precision.
 * @param compute gets the inputs in that type and gives the result in it
 */
export function inMixed(sink: Sink, { inputs, gradient }: { inputs: Value[]; gradient?: number }, compute: (inputs: Value[]) => Value): Value {
  const { mixed } = sink.traits;
  if (mixed === 'none') return compute(inputs);
  const lift = mixed === 'float16' && gradient !== undefined ? float16Lift : 1;
  const { mul } = arithmetic(sink);
  const lowered = inputs.map((value, index) => {
    if (value.dtype !== 'float32') return value;
    return cast(sink, index === gradient && lift !== 1 ? mul(value, lift) : value, mixed);
  });
  const result = cast(sink, compute(lowered), 'float32');
  return lift === 1 ? result : mul(result, 1 / lift);
}
