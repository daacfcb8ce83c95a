// Builds safetensors files byte by byte, good and hostile.

/** A file of this header (any text) and payload. `length` lies about the header's. */
export function rawSafetensors(header: string, payload: Uint8Array = Buffer.alloc(0), length?: bigint): Buffer {
  const text = Buffer.from(header);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(length ?? BigInt(text.length));
  return Buffer.concat([size, text, payload]);
}

/** One F32 entry of a header, as text. */
export const entry = (name: string, shape: unknown, offsets: unknown): string =>
  `${JSON.stringify(name)}:{"dtype":"F32","shape":${JSON.stringify(shape)},"data_offsets":${JSON.stringify(offsets)}}`;
