// The variables of bench/gpu.sh: what they mean, and that what cannot be meant is refused.
import { expect, test } from 'vitest';
import { readSettings } from '../../../bench/gpu/settings.ts';

test('without variables all of it', () => {
  expect(readSettings({})).toEqual({ batch: null, models: null, seconds: 2, profile: 0, peers: true, float16: true, tests: true, software: false, python: 'python3' });
  expect(readSettings({ VSGD_LAB_GPU_BATCH: '4', VSGD_LAB_GPU_MODELS: 'mnist,cifar100_vgg', VSGD_LAB_GPU_SECONDS: '0.6', VSGD_LAB_GPU_PROFILE: '20', VSGD_LAB_GPU_PEERS: 'skip', VSGD_LAB_GPU_FLOAT16: 'skip', VSGD_LAB_GPU_TESTS: 'skip', VSGD_LAB_GPU_ADAPTER: 'software', PYTHON: 'p' }))
    .toEqual({ batch: 4, models: ['mnist', 'cifar100_vgg'], seconds: 0.6, profile: 20, peers: false, float16: false, tests: false, software: true, python: 'p' });
});

test.each([
  ['VSGD_LAB_GPU_BATCH', 'x', 'VSGD_LAB_GPU_BATCH takes a whole number of at least 1, not \'x\'.'],
  ['VSGD_LAB_GPU_MODELS', 'vgg', 'VSGD_LAB_GPU_MODELS: there is no \'vgg\'. There are mnist, cifar100_vgg,'],
  ['VSGD_LAB_GPU_SECONDS', '0', 'VSGD_LAB_GPU_SECONDS takes seconds, more than 0, not \'0\'.'],
  ['VSGD_LAB_GPU_TESTS', 'software', 'VSGD_LAB_GPU_TESTS is skip, or left out; not \'software\'.'],
  ['VSGD_LAB_GPU_PEERS', 'no', 'VSGD_LAB_GPU_PEERS is skip, or left out; not \'no\'.'],
])('%s=%s is refused', (name, value, message) => {
  expect(() => readSettings({ [name]: value })).toThrow(message);
});
