// The header of a safetensors file, read as hostile: every length, name, shape and place is checked before a tensor is touched.
import { LabError } from '#contract';

export const bytesPer = { F32: 4, I64: 8 } as const;
export type HeaderEntry = { name: string; dtype: keyof typeof bytesPer; shape: number[]; start: number; end: number };
export type Header = { metadata: Record<string, string>; entries: HeaderEntry[]; payloadStart: number };

/** As the format's own reader has it. */
const headerLimit = 100_000_000;
const tensorLimit = 100_000;

export const damaged = (what: string, file: string): LabError =>
  new LabError('CHECKPOINT_DAMAGED', `${file} is not a checkpoint that can be used: ${what}. Use another checkpoint of the run.`, { place: { file } });

/** JSON.parse keeps the last of two equal keys, another reader may keep the first: an object that names one twice is refused. */
function findRepeatedKey(json: string): string | null {
  const open: Set<string>[] = [];
  const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}]/gs;
  for (const [token, colon] of json.matchAll(tokens)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (colon !== undefined) {
      const key = JSON.parse(token.slice(0, -colon.length)) as string;
      if (open.at(-1)?.has(key)) return key;
      open.at(-1)?.add(key);
    }
  }
  return null;
}

function parseJson(bytes: Buffer, file: string): Record<string, unknown> {
  if (bytes.length < 8) throw damaged('it is shorter than its header', file);
  const length = bytes.readBigUInt64LE(0);
  if (length > BigInt(headerLimit) || Number(length) + 8 > bytes.length) throw damaged(`its header claims ${length} bytes`, file);
  const text = bytes.toString('utf8', 8, 8 + Number(length));
  let header: unknown;
  let repeated: string | null;
  try {
    header = JSON.parse(text);
    repeated = findRepeatedKey(text);
  } catch {
    throw damaged('its header is not JSON', file);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) throw damaged('its header is not an object', file);
  if (repeated !== null) throw damaged(`its header names '${repeated}' twice`, file);
  return header as Record<string, unknown>;
}

function checkMetadata(value: unknown, file: string): Record<string, string> {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || !Object.values(value).every((text) => typeof text === 'string') || Array.isArray(value)) {
    throw damaged('its __metadata__ is not a table of texts', file);
  }
  return value as Record<string, string>;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function checkEntry(name: string, value: unknown, file: string): HeaderEntry {
  const { dtype, shape, data_offsets: offsets } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const known = typeof dtype === 'string' && Object.hasOwn(bytesPer, dtype);
  if (!known || name === '__proto__' || name === '') throw damaged(`tensor '${name}' is of type ${String(dtype)}, not of F32 or I64`, file);
  if (!Array.isArray(shape) || !shape.every(isCount)) throw damaged(`the shape of tensor '${name}' is not one`, file);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) throw damaged(`the place of tensor '${name}' is not one`, file);
  const [start, end] = offsets as [number, number];
  const needed = shape.reduce((product: number, side) => product * side, bytesPer[dtype as keyof typeof bytesPer]);
  if (end - start !== needed) throw damaged(`tensor '${name}' has ${end - start} bytes where its shape needs ${needed}`, file);
  return { name, dtype: dtype as keyof typeof bytesPer, shape, start, end };
}

/** Reads and checks a header. Entries come in the order of their bytes. @throws LabError CHECKPOINT_DAMAGED */
export function readHeader(bytes: Buffer, file: string): Header {
  const { __metadata__, ...named } = parseJson(bytes, file);
  const names = Object.keys(named);
  if (names.length > tensorLimit) throw damaged(`it claims ${names.length} tensors`, file);
  const entries = names.map((name) => checkEntry(name, named[name], file)).sort((a, b) => a.start - b.start || a.end - b.end);
  let end = 0;
  for (const entry of entries) {
    if (entry.start !== end) throw damaged(`tensor '${entry.name}' overlaps another or leaves a gap`, file);
    end = entry.end;
  }
  const payloadStart = 8 + Number(bytes.readBigUInt64LE(0));
  if (payloadStart + end !== bytes.length) throw damaged(`it has ${bytes.length - payloadStart} bytes of tensors where its header needs ${end}`, file);
  return { metadata: checkMetadata(__metadata__, file), entries, payloadStart };
}
