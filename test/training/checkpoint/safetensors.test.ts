// safetensors: what is written is read back, equal input gives equal bytes, and hostile bytes give one typed error.
import { describe, expect, test } from 'vitest';
import { LabError } from '#contract';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '#training';
import { entry, rawSafetensors } from '#test/safetensors.ts';

const tensors: StoredTensor[] = [
  { name: 'model/a.weight', dtype: 'F32', shape: [2, 3], data: Float32Array.of(1, -0, NaN, Infinity, 1e-45, 3.4e38) },
  { name: 'model/a.num_batches_tracked', dtype: 'I64', shape: [], data: BigInt64Array.of(-(2n ** 60n)) },
  { name: 'model/é"\\\n', dtype: 'F32', shape: [0, 4], data: new Float32Array(0) },
];
const metadata = { step: '7', note: 'quotes " and {"braces": {}} and é' };
const good = () => Buffer.concat(encodeSafetensors(tensors, metadata));

describe('a file that was written here', () => {
  test('comes back as it was, bit for bit', () => {
    const { tensors: read, metadata: texts } = decodeSafetensors(good(), 'x');
    expect([...read.keys()]).toEqual(tensors.map(({ name }) => name));
    for (const tensor of tensors) expect(read.get(tensor.name)).toEqual(tensor);
    expect(Object.is((read.get('model/a.weight')?.data as Float32Array)[1], -0)).toBe(true);
    expect(texts).toMatchObject(metadata);
  });

  test('has the same bytes each time, its tensors on multiples of eight', () => {
    expect(good().equals(good())).toBe(true);
    expect(Number(good().readBigUInt64LE(0)) % 8).toBe(0);
  });

  test('is no longer valid with any single byte of its tensors changed', () => {
    const whole = good();
    const start = 8 + Number(whole.readBigUInt64LE(0));
    for (let at = start; at < whole.length; at += 1) {
      const changed = Buffer.from(whole);
      changed[at]! ^= 1;
      expect(() => decodeSafetensors(changed, 'x')).toThrow(/SHA-256/);
    }
  });
});

const f32 = Buffer.alloc(8);
const hostile: [what: string, bytes: Buffer][] = [
  ['nothing', Buffer.alloc(0)],
  ['seven bytes', Buffer.alloc(7)],
  ['a header of 2^63 bytes', rawSafetensors('{}', f32, 2n ** 63n)],
  ['a header of 2^64 - 1 bytes', rawSafetensors('{}', f32, 2n ** 64n - 1n)],
  ['a header longer than the file', rawSafetensors('{}', f32, 100n)],
  ['no JSON', rawSafetensors('{"a"', f32)],
  ['a list', rawSafetensors('[]')],
  ['null', rawSafetensors('null')],
  ['a NaN shape', rawSafetensors(`{"a":{"dtype":"F32","shape":[NaN],"data_offsets":[0,8]}}`, f32)],
  ['a negative shape', rawSafetensors(`{${entry('a', [-2], [0, 8])}}`, f32)],
  ['a shape that is no whole number', rawSafetensors(`{${entry('a', [1.5], [0, 6])}}`, f32)],
  ['a shape as text', rawSafetensors(`{${entry('a', '2', [0, 8])}}`, f32)],
  ['a shape whose product overflows', rawSafetensors(`{${entry('a', [2 ** 40, 2 ** 40, 0.5], [0, 8])}}`, f32)],
  ['an unknown type', rawSafetensors(`{${entry('a', [2], [0, 8])}}`.replace('F32', 'F64'), f32)],
  ['a type from the prototype', rawSafetensors(`{${entry('a', [2], [0, 8])}}`.replace('F32', 'constructor'), f32)],
  ['overlapping tensors', rawSafetensors(`{${entry('a', [2], [0, 8])},${entry('b', [1], [4, 8])}}`, f32)],
  ['a tensor over another', rawSafetensors(`{${entry('a', [2], [0, 8])},${entry('b', [2], [0, 8])}}`, f32)],
  ['a gap', rawSafetensors(`{${entry('a', [1], [4, 8])}}`, f32)],
  ['bytes that no tensor has', rawSafetensors(`{${entry('a', [1], [0, 4])}}`, f32)],
  ['fewer bytes than claimed', rawSafetensors(`{${entry('a', [4], [0, 16])}}`, f32)],
  ['offsets the wrong way', rawSafetensors(`{${entry('a', [2], [8, 0])}}`, f32)],
  ['three offsets', rawSafetensors(`{${entry('a', [2], [0, 8, 8])}}`, f32)],
  ['a size that its shape does not have', rawSafetensors(`{${entry('a', [1], [0, 8])}}`, f32)],
  ['a tensor twice', rawSafetensors(`{${entry('a', [2], [0, 8])},${entry('a', [1], [0, 4])}}`, f32)],
  ['a tensor twice, once in disguise', rawSafetensors(`{${entry('a', [2], [0, 8])},"\\u0061":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, f32)],
  ['a type twice', rawSafetensors(`{"a":{"dtype":"F32","dtype":"I64","shape":[1],"data_offsets":[0,8]}}`, f32)],
  ['__proto__', rawSafetensors(`{${entry('__proto__', [2], [0, 8])}}`, f32)],
  ['no name', rawSafetensors(`{${entry('', [2], [0, 8])}}`, f32)],
  ['an entry that is a number', rawSafetensors('{"a":1}')],
  ['metadata that is a list', rawSafetensors('{"__metadata__":["a"]}')],
  ['metadata with numbers', rawSafetensors('{"__metadata__":{"step":1}}')],
  ['very deep nesting', rawSafetensors(`{"a":${'['.repeat(200_000)}`)],
  ['a very long text', rawSafetensors(`{"a":"${'\\n'.repeat(1_000_000)}"}`)],
];

describe('hostile files', () => {
  test.each(hostile)('%s', (_what, bytes) => {
    expect(() => decodeSafetensors(bytes, 'evil.safetensors')).toThrow(expect.objectContaining({ code: 'CHECKPOINT_DAMAGED', message: expect.stringContaining('evil.safetensors') }));
    expect(Object.prototype).not.toHaveProperty('dtype');
  });

  test('a hundred thousand and one tensors', () => {
    const names = Array.from({ length: 100_001 }, (_, index) => entry(`t${index}`, [0], [0, 0])).join(',');
    expect(() => decodeSafetensors(rawSafetensors(`{${names}}`), 'x')).toThrow(/claims 100001 tensors/);
  });

  test('a thousand mutations give a checkpoint or the typed error, nothing else', () => {
    const whole = good();
    let state = 12345;
    const random = (limit: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * limit);
    };
    for (let round = 0; round < 1000; round += 1) {
      const bytes = Buffer.from(whole);
      for (let change = 0; change <= random(4); change += 1) bytes[random(bytes.length)] = random(256);
      try {
        decodeSafetensors(random(4) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes, 'x');
      } catch (error) {
        expect(error).toBeInstanceOf(LabError);
        expect(error).toMatchObject({ code: 'CHECKPOINT_DAMAGED' });
      }
    }
  });
});
