import { expect, test } from 'vitest';
import { RandomStream } from '../../src/core/rng.ts';
import { dot, gram, rowOf, zeros } from '../../src/core/dense-matrix.ts';
import { symmetricEigen } from '../../src/core/symmetric-eigen.ts';

test('finds the eigenvalues of a matrix known by hand', () => {
  // [[2, 1], [1, 2]] has 3 with (1, 1)/√2 and 1 with (1, −1)/√2.
  const { values, vectors } = symmetricEigen({
    rows: 2,
    columns: 2,
    values: Float64Array.of(2, 1, 1, 2),
  });
  expect(values[0]).toBeCloseTo(3, 12);
  expect(values[1]).toBeCloseTo(1, 12);
  expect(vectors.values[0]).toBeCloseTo(Math.SQRT1_2, 12);
  expect(vectors.values[1]).toBeCloseTo(Math.SQRT1_2, 12);
});

test('satisfies A v = λ v with orthonormal vectors on random matrices', () => {
  const stream = new RandomStream(2, 'eigen-test');
  const factor = zeros(30, 17);
  factor.values.forEach((_, index) => (factor.values[index] = stream.nextNormal()));
  const matrix = gram(factor);
  const { values, vectors } = symmetricEigen(matrix);
  expect([...values]).toEqual([...values].sort((a, b) => b - a));
  for (let k = 0; k < 17; k++) {
    const vector = rowOf(vectors, k);
    for (let row = 0; row < 17; row++) {
      expect(dot(rowOf(matrix, row), vector)).toBeCloseTo((values[k] ?? 0) * (vector[row] ?? 0), 9);
    }
    for (let j = 0; j < 17; j++) {
      expect(dot(vector, rowOf(vectors, j))).toBeCloseTo(j === k ? 1 : 0, 11);
    }
  }
});
