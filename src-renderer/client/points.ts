// Curves as they come: columns of numbers in base64, made arrays again.
import type { PackedColumn, PackedPoints, Points } from '#contract';

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
