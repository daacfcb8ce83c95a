// Checkpoint files: the same bytes for the same state, read back whole, refused when torn, altered or hostile.
import { describe, expect, test } from 'vitest';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '#training';

const tensors: StoredTensor[] = [
  { name: 'model/a.weight', dtype: 'F32', shape: [2, 3], data: Float32Array.of(1, -2, NaN, Infinity, 5e-39, 6) },
  { name: 'model/é.num_batches_tracked', dtype: 'I64', shape: [], data: BigInt64Array.of(7n) },
];
const encode = () => Buffer.concat(encodeSafetensors(tensors, { step: '7' }));
const withHeader = (header: string, payload = Buffer.alloc(0)) => {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(header)));
  return Buffer.concat([length, Buffer.from(header), payload]);
};
const refused = expect.objectContaining({ code: 'CHECKPOINT_DAMAGED' });

test('equal state gives equal bytes, and they come back', () => {
  expect(encode()).toEqual(encode());
  const { tensors: read, metadata } = decodeSafetensors(encode(), 'x');
  expect(metadata.step).toBe('7');
  expect(read.get('model/a.weight')).toEqual(tensors[0]);
  expect(read.get('model/é.num_batches_tracked')).toEqual(tensors[1]);
});

test('the header is padded so that tensors lie aligned', () => {
  expect(Number(encode().readBigUInt64LE(0)) % 8).toBe(0);
});

test('cut anywhere, or with any byte of its tensors flipped, it is refused', () => {
  const whole = encode();
  for (let length = 0; length < whole.length; length += 7) expect(() => decodeSafetensors(whole.subarray(0, length), 'x')).toThrow(refused);
  const start = 8 + Number(whole.readBigUInt64LE(0));
  for (let at = start; at < whole.length; at += 1) {
    const flipped = Buffer.from(whole);
    flipped[at]! ^= 1;
    expect(() => decodeSafetensors(flipped, 'x')).toThrow(refused);
  }
});

describe('hostile files', () => {
  const entry = (offsets: string, shape = '[1]') => `{"dtype":"F32","shape":${shape},"data_offsets":${offsets}}`;
  const four = Buffer.alloc(4);
  const cases: [string, Buffer][] = [
    ['a header of 2^63 bytes', Buffer.concat([Buffer.from('ffffffffffffff7f', 'hex'), four])],
    ['a header that is an array', withHeader('[]')],
    ['a tensor named twice', withHeader(`{"a":${entry('[0,4]')},"a":${entry('[0,4]')}}`, four)],
    ['overlapping tensors', withHeader(`{"a":${entry('[0,4]')},"b":${entry('[0,4]')}}`, four)],
    ['a gap', withHeader(`{"a":${entry('[4,8]')}}`, Buffer.alloc(8))],
    ['a shape that is no number', withHeader(`{"a":${entry('[0,4]', '["NaN"]')}}`, four)],
    ['a negative offset', withHeader(`{"a":${entry('[-4,0]')}}`, four)],
    ['an unknown type', withHeader('{"a":{"dtype":"X","shape":[1],"data_offsets":[0,4]}}', four)],
    ['a tensor named __proto__', withHeader(`{"__proto__":${entry('[0,4]')}}`, four)],
    ['trailing bytes', withHeader(`{"a":${entry('[0,4]')}}`, Buffer.alloc(9))],
  ];
  test.each(cases)('%s', (_what, bytes) => {
    expect(() => decodeSafetensors(bytes, 'x')).toThrow(refused);
    expect(({} as Record<string, unknown>).dtype).toBeUndefined();
  });
});
