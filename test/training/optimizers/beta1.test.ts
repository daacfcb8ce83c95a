// The logged beta1, and options that contradict each other.
import { expect, test } from 'vitest';
import { createOptimizer, scalarBeta1, vsgdBeta1 } from '#training';

test('VSGD\'s beta1 is bhg / (bg + bhg): mean, median and a histogram of all elements', () => {
  const { mean, median, counts, edges } = vsgdBeta1([{ bg: Float32Array.of(1, 1, 0), bhg: Float32Array.of(1, 3, 0) }, { bg: Float32Array.of(1), bhg: Float32Array.of(9) }]);
  expect(mean).toBeCloseTo((0.5 + 0.75 + 0.9) / 3, 6);
  expect(median).toBeCloseTo(0.75, 4);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(3);
  expect(edges).toHaveLength(counts.length + 1);
});

test('the others have one number', () => {
  const adam = { params: null, lr: 0.1, weight_decay: 0, eps: 1e-8, betas: [0.9, 0.999] as [number, number] };
  expect(scalarBeta1({ name: 'adam', options: adam }, 1)).toBeCloseTo(0.9 / (1 - 0.9));
  expect(scalarBeta1({ name: 'sgd', options: { params: null, lr: 0.1, momentum: 0.7, dampening: 0, nesterov: false, weight_decay: 0 } }, 5)).toBe(0.7);
});

test('Nesterov without momentum is refused with the key to mend', () => {
  expect(() => createOptimizer({ name: 'sgd', options: { params: null, lr: 0.1, momentum: 0, dampening: 0, nesterov: true, weight_decay: 0 } }, [])).toThrow(/train.optimizer.nesterov=false/);
});
