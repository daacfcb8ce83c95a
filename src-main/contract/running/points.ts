// Columns of numbers as they travel: exact, and short enough that twenty whole curves come within a second.
/**
 * `even`: from + by × index. Else little-endian numbers in base64: `i4` 32-bit integers to be added to `from`, `f4` and `f8` floats of 32 and 64 bits.
 * The shortest that gives back every number exactly.
 */
export type PackedColumn = { kind: 'even'; from: number; by: number } | { kind: 'i4'; from: number; data: string } | { kind: 'f4' | 'f8'; data: string };

/** Points of a curve, steps rising; times are Unix times in milliseconds. */
export type PackedPoints = { count: number; steps: PackedColumn; times: PackedColumn; values: PackedColumn };
export type Points = { steps: Float64Array; times: Float64Array; values: Float64Array };
