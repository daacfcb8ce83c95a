// safetensors: a JSON header and raw little-endian tensors. Written the same way each time; read as hostile.
import { createHash } from 'node:crypto';
import { LabError } from '#contract';

export type StoredTensor = { name: string; dtype: 'F32' | 'I64'; shape: number[]; data: Float32Array | BigInt64Array };
export type StoredFile = { tensors: Map<string, StoredTensor>; metadata: Record<string, string> };

/** As the format's own reader has it. */
const headerLimit = 100_000_000;
const bytesPer = { F32: 4, I64: 8 } as const;

const damaged = (what: string, file: string) => new LabError('CHECKPOINT_DAMAGED', `${file} is not a checkpoint that can be used: ${what}.`, { place: { file } });
const viewOf = ({ data }: StoredTensor) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** SHA-256 of all tensors' bytes in their order. */
const payloadHash = (tensors: StoredTensor[]) => tensors.reduce((hash, tensor) => hash.update(viewOf(tensor)), createHash('sha256')).digest('hex');

/** The file's chunks: eight bytes of length, the header padded with spaces to eight, the tensors. Equal state gives equal bytes. */
export function encodeSafetensors(tensors: StoredTensor[], metadata: Record<string, string>): Uint8Array[] {
  let offset = 0;
  const entries = tensors.map((tensor) => {
    const start = offset;
    offset += tensor.data.byteLength;
    return [tensor.name, { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [start, offset] }];
  });
  const text = JSON.stringify({ __metadata__: { ...metadata, payload_sha256: payloadHash(tensors) }, ...Object.fromEntries(entries) });
  const header = Buffer.from(text.padEnd(Math.ceil(Buffer.byteLength(text) / 8) * 8 - (Buffer.byteLength(text) - text.length)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return [length, header, ...tensors.map(viewOf)];
}

type Entry = { dtype: keyof typeof bytesPer; shape: number[]; data_offsets: [number, number] };

function readHeader(bytes: Buffer, file: string): { header: Record<string, unknown>; start: number } {
  if (bytes.length < 8) throw damaged('it is shorter than its header', file);
  const length = bytes.readBigUInt64LE(0);
  if (length > BigInt(headerLimit) || Number(length) + 8 > bytes.length) throw damaged(`its header claims ${length} bytes`, file);
  const start = 8 + Number(length);
  const text = bytes.toString('utf8', 8, start);
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    throw damaged('its header is not JSON', file);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) throw damaged('its header is not an object', file);
  // JSON.parse keeps the last of two equal keys; another reader may keep the first.
  const names = [...text.matchAll(/"((?:[^"\\]|\\.)*)"\s*:\s*\{/g)].map((match) => match[1]);
  if (new Set(names).size !== names.length) throw damaged('its header names a tensor twice', file);
  return { header: header as Record<string, unknown>, start };
}

function checkEntry(name: string, value: unknown, file: string): Entry {
  const entry = value as Entry;
  const whole = (number: unknown) => typeof number === 'number' && Number.isSafeInteger(number) && number >= 0;
  const good = typeof value === 'object' && value !== null && Object.hasOwn(bytesPer, entry.dtype) && Array.isArray(entry.shape) && entry.shape.every(whole)
    && Array.isArray(entry.data_offsets) && entry.data_offsets.length === 2 && entry.data_offsets.every(whole);
  if (!good || name === '__proto__') throw damaged(`the entry of tensor '${name}' is not valid`, file);
  const size = entry.shape.reduce((product, side) => product * side, bytesPer[entry.dtype]);
  if (entry.data_offsets[1] - entry.data_offsets[0] !== size) throw damaged(`tensor '${name}' has ${entry.data_offsets[1] - entry.data_offsets[0]} bytes where its shape needs ${size}`, file);
  return entry;
}

/** Reads a file's bytes. @throws LabError CHECKPOINT_DAMAGED */
export function decodeSafetensors(bytes: Buffer, file: string): StoredFile {
  const { header, start } = readHeader(bytes, file);
  const metadata = (header.__metadata__ ?? {}) as Record<string, string>;
  const entries = Object.entries(header).filter(([name]) => name !== '__metadata__').map(([name, value]) => ({ name, ...checkEntry(name, value, file) }));
  entries.sort((a, b) => a.data_offsets[0] - b.data_offsets[0]);
  let end = 0;
  for (const { name, data_offsets } of entries) {
    if (data_offsets[0] !== end) throw damaged(`tensor '${name}' overlaps another or leaves a gap`, file);
    end = data_offsets[1];
  }
  if (start + end !== bytes.length) throw damaged(`it has ${bytes.length - start} bytes of tensors where its header needs ${end}`, file);
  const tensors = entries.map(({ name, dtype, shape, data_offsets }): StoredTensor => {
    const copy = new Uint8Array(bytes.subarray(start + data_offsets[0], start + data_offsets[1]));
    return { name, dtype, shape, data: dtype === 'F32' ? new Float32Array(copy.buffer) : new BigInt64Array(copy.buffer) };
  });
  if (metadata.payload_sha256 !== undefined && metadata.payload_sha256 !== payloadHash(tensors)) throw damaged('its tensors do not have the SHA-256 that its header names', file);
  return { tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])), metadata };
}
