// Packs curves for their way to the app; the contract unpacks them.
import type { PackedColumn, PackedPoints, Points } from '#contract';

const farthest = 2 ** 31;

function isEven(values: Float64Array, by: number): boolean {
  const from = values[0] ?? 0;
  for (let index = 0; index < values.length; index += 1) if (!Object.is(values[index], from + by * index)) return false;
  return Number.isFinite(from) && Number.isFinite(by) && !Object.is(from, -0); // what JSON can say
}

/** Whether all are whole numbers at most 2^31 from the first; -0 is none. */
function areNearIntegers(values: Float64Array): boolean {
  const from = values[0] as number;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] as number;
    if (!Number.isInteger(value) || Math.abs(value - from) >= farthest || Object.is(value, -0)) return false;
  }
  return Math.abs(from) <= Number.MAX_SAFE_INTEGER / 2;
}

function areShortFloats(values: Float64Array): boolean {
  for (let index = 0; index < values.length; index += 1) if (!Object.is(Math.fround(values[index] as number), values[index])) return false;
  return true;
}

const base64 = ({ buffer, byteOffset, byteLength }: Int32Array | Float32Array | Float64Array): string => Buffer.from(buffer, byteOffset, byteLength).toString('base64');

function packColumn(values: Float64Array): PackedColumn {
  const from = values[0] ?? 0;
  const by = (values[1] ?? from) - from;
  if (isEven(values, by)) return { kind: 'even', from, by };
  if (areNearIntegers(values)) return { kind: 'i4', from, data: base64(Int32Array.from(values, (value) => value - from)) };
  return areShortFloats(values) ? { kind: 'f4', data: base64(Float32Array.from(values)) } : { kind: 'f8', data: base64(values) };
}

/** Packs the first `count` points, exactly. */
export function packPoints({ steps, times, values }: Points, count = steps.length): PackedPoints {
  return { count, steps: packColumn(steps.subarray(0, count)), times: packColumn(times.subarray(0, count)), values: packColumn(values.subarray(0, count)) };
}
