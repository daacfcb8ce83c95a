// Columns of numbers as they travel: exact, and short enough that twenty whole curves come within a second.
/**
 * `even`: from + by × index. Else little-endian numbers in base64: `i4` 32-bit integers to be added to `from`, `f4` and `f8` floats of 32 and 64 bits.
 * The shortest that gives back every number exactly.
 */
export type PackedColumn = { kind: 'even'; from: number; by: number } | { kind: 'i4'; from: number; data: string } | { kind: 'f4' | 'f8'; data: string };

/** Points of a curve, steps rising; times are Unix times in milliseconds. */
export type PackedPoints = { count: number; steps: PackedColumn; times: PackedColumn; values: PackedColumn };
export type Points = { steps: Float64Array; times: Float64Array; values: Float64Array };

const readers = { i4: Int32Array, f4: Float32Array, f8: Float64Array };

type Native = { fromBase64?(text: string): Uint8Array<ArrayBuffer> }; // in browsers since 2025

function bytesOf(text: string): ArrayBuffer {
  const { fromBase64 } = Uint8Array as Native;
  if (fromBase64) return fromBase64.call(Uint8Array, text).buffer;
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index);
  return bytes.buffer;
}

function unpackColumn(column: PackedColumn, count: number): Float64Array {
  const values = new Float64Array(count);
  if (column.kind === 'even') for (let index = 0; index < count; index += 1) values[index] = column.from + column.by * index;
  else values.set(new readers[column.kind](bytesOf(column.data)));
  if (column.kind === 'i4') for (let index = 0; index < count; index += 1) (values[index] as number) += column.from;
  return values;
}

/** What `packPoints` of the services packed. */
export function unpackPoints({ count, steps, times, values }: PackedPoints): Points {
  return { steps: unpackColumn(steps, count), times: unpackColumn(times, count), values: unpackColumn(values, count) };
}
