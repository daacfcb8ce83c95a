// safetensors: a JSON header and raw little-endian tensors. Written the same way each time, so that equal state gives equal bytes.
import { createHash } from 'node:crypto';
import { damaged, readHeader } from './header.ts';

export type StoredTensor = { name: string; dtype: 'F32' | 'I64'; shape: number[]; data: Float32Array | BigInt64Array };
export type StoredFile = { tensors: Map<string, StoredTensor>; metadata: Record<string, string> };

const viewOf = ({ data }: StoredTensor) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** SHA-256 of all tensors' bytes in their order. */
const payloadHash = (tensors: StoredTensor[]) => tensors.reduce((hash, tensor) => hash.update(viewOf(tensor)), createHash('sha256')).digest('hex');

/** The file's chunks: eight bytes of length, the header padded with spaces to eight, the tensors. Nothing in it depends on time. */
export function encodeSafetensors(tensors: StoredTensor[], metadata: Record<string, string>): Uint8Array[] {
  let offset = 0;
  const entries = tensors.map((tensor) => {
    const start = offset;
    offset += tensor.data.byteLength;
    return [tensor.name, { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [start, offset] }];
  });
  const text = Buffer.from(JSON.stringify({ __metadata__: { ...metadata, payload_sha256: payloadHash(tensors) }, ...Object.fromEntries(entries) }));
  const header = Buffer.alloc(Math.ceil(text.length / 8) * 8, ' ');
  text.copy(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return [length, header, ...tensors.map(viewOf)];
}

/** Reads a file's bytes; `file` is its name for messages. The tensors are copies. @throws LabError CHECKPOINT_DAMAGED */
export function decodeSafetensors(bytes: Buffer, file: string): StoredFile {
  const { metadata, entries, payloadStart } = readHeader(bytes, file);
  const tensors = entries.map(({ name, dtype, shape, start, end }): StoredTensor => {
    const { buffer } = new Uint8Array(bytes.subarray(payloadStart + start, payloadStart + end));
    return { name, dtype, shape, data: dtype === 'F32' ? new Float32Array(buffer) : new BigInt64Array(buffer) };
  });
  if (metadata.payload_sha256 !== undefined && metadata.payload_sha256 !== payloadHash(tensors)) {
    throw damaged('its tensors do not have the SHA-256 that its header names', file);
  }
  return { tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])), metadata };
}
