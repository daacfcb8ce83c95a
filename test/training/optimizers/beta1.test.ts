// The logged beta1 of optimizers that have one number, and options that contradict each other.
import { expect, test } from 'vitest';
import { createOptimizer, scalarBeta1 } from '#training';

test('Adam and SGD have one number', () => {
  const adam = { params: null, lr: 0.1, weight_decay: 0, eps: 1e-8, betas: [0.9, 0.999] as [number, number] };
  expect(scalarBeta1({ name: 'adam', options: adam }, 1)).toBeCloseTo(0.9 / (1 - 0.9));
  expect(scalarBeta1({ name: 'sgd', options: { params: null, lr: 0.1, momentum: 0.7, dampening: 0, nesterov: false, weight_decay: 0 } }, 5)).toBe(0.7);
});

test('Nesterov without momentum is refused with the key to mend', () => {
  expect(() => createOptimizer({ name: 'sgd', options: { params: null, lr: 0.1, momentum: 0, dampening: 0, nesterov: true, weight_decay: 0 } }, [])).toThrow(/train.optimizer.nesterov=false/);
});
