// Wheels given by hand: what their names say against them, before anything is unpacked.
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { checkWheels } from '../../src-main/installer/givenWheels.ts';
import { linux, writeWheel } from '#test/installerHome.ts';

const mac = { system: 'darwin', arch: 'arm64', glibc: null, macos: [14, 0] };
const give = (...names: string[]) => names.map((name) => writeWheel(name, Buffer.from('x')));
const forLinux = 'tensorflow-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl';
const cudnn = 'nvidia_cudnn_cu12-9.9.0-py3-none-manylinux_2_27_x86_64.whl';

test('TensorFlow\'s wheel is told from the others by its name', () => {
  const [first = '', second = ''] = give(cudnn, forLinux);
  expect(checkWheels([first, second], { flavour: 'cuda', platform: linux })).toEqual({ tensorflow: second, others: [first], version: '2.21.0' });
  expect(checkWheels(give('tensorflow_cpu-2.20.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl'), { flavour: 'cpu', platform: linux }).version).toBe('2.20.0');
});

test('a wheel for another system, a newer one or another processor is refused with what to give', () => {
  expect(() => checkWheels(give('tensorflow-2.21.0-cp312-cp312-macosx_12_0_arm64.whl'), { flavour: 'cpu', platform: linux }))
    .toThrow('tensorflow-2.21.0-cp312-cp312-macosx_12_0_arm64.whl is for macosx_12_0_arm64; this computer is Linux with glibc 2.36 on x64. Give a wheel whose name ends in manylinux…_x86_64.whl and asks for no newer system, or leave --wheel out: the package index has the right one. Nothing was changed.');
  for (const tag of ['manylinux_2_39_x86_64', 'manylinux_2_17_aarch64', 'win_amd64']) expect(() => checkWheels(give(`tensorflow_cpu-2.21.0-cp312-cp312-${tag}.whl`), { flavour: 'cpu', platform: linux })).toThrow(`is for ${tag}; this computer is Linux with glibc 2.36 on x64`);
  expect(() => checkWheels(give(forLinux), { flavour: 'cpu', platform: mac })).toThrow(/this computer is macOS 14\.0 on arm64\. Give a wheel whose name ends in macosx_…_arm64\.whl/);
  expect(() => checkWheels(give(forLinux, cudnn.replace('x86_64', 'aarch64')), { flavour: 'cuda', platform: linux })).toThrow(/^nvidia_cudnn_cu12-.* is for manylinux_2_27_aarch64/);
});

test('a TensorFlow without CUDA is none for tensorflow-cuda', () => {
  expect(() => checkWheels(give('tensorflow_cpu-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl'), { flavour: 'cuda', platform: linux }))
    .toThrow('tensorflow_cpu-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl is a TensorFlow without CUDA, and tensorflow-cuda was asked for. Give tensorflow-2.21.0-….whl, or install the engine tensorflow with this one. Nothing was changed.');
});

test('files that are not there, no wheels, or none of TensorFlow', () => {
  const check = (files: string[]) => () => checkWheels(files, { flavour: 'cpu', platform: linux });
  expect(check(['/nowhere/x.whl'])).toThrow('There is no file /nowhere/x.whl.');
  const [renamed = ''] = give('tf.whl');
  expect(check([renamed])).toThrow(`${basename(renamed)} is no wheel by its name`);
  expect(check(give(cudnn))).toThrow(`None of the files given with --wheel is a wheel of TensorFlow by its name (tensorflow-2.21.0-….whl or tensorflow_cpu-…): ${cudnn}. Nothing was changed.`);
});
