// Compiled steps of the webgpu engine: what holds on every engine, memory in several buffers and given back, reading that cannot wait.
import { findBackend, tensor } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import type { WebgpuBackend } from '../../../../src-main/training/engines/webgpu/backend.ts';
import { describeCompiledSteps, opener, trained } from '../../../helpers/compiledSteps.ts';
import { openWebgpu, webgpuCase } from '../../../helpers/webgpu.ts';

const { missing } = webgpuCase;

const held = () => {
  const backend = findBackend('lab-webgpu') as WebgpuBackend;
  const { blocks, buffers, used } = backend.own.memory;
  return { ids: backend.numDataIds(), blocks, buffers, used };
};

describeCompiledSteps({ ...webgpuCase, held, ofStep: ['blocks', 'buffers', 'used'] });

describe.skipIf(missing)(`compiled steps on webgpu${missing ?? ''}`, () => {
  const engineOf = opener(openWebgpu);

  test('lie in as many buffers as the device makes necessary, and leave nothing in them', async () => {
    const whole = await trained(await engineOf(), { steps: 2 });
    expect(await trained(await engineOf({ maxBufferBytes: 2 ** 17 }), { steps: 2 })).toEqual(whole);
    // A buffer larger than a kernel may see, as on the first H100: the squares of far-apart gradients could not be bound together.
    expect(await trained(await engineOf({ maxBindingBytes: 2 ** 17 }), { steps: 2 })).toEqual(whole);
    expect(held()).toMatchObject({ ids: 0, blocks: 0, used: 0 });
  });

  test('cannot be read on the host without waiting, and the message has the word that helps', async () => {
    await engineOf();
    const one = tensor([1, 2]);
    expect(() => one.dataSync()).toThrow('use data()');
    one.dispose();
  });
});
