import { expect, test } from 'vitest';
import { bestTrial } from '../../../src/lab/merging/best-trial.ts';

const tried = (...rows: readonly (readonly [number, ...number[]])[]) =>
  rows.map(([score, ...values]) => ({
    score,
    point: Object.fromEntries(values.map((value, at) => [`x${String(at)}`, value])),
  }));

test.each([
  ['the highest score', tried([1, 0], [3, 0.5], [2, 0.1]), 1],
  ['of equal ones the nearest to 0', tried([3, -0.5], [3, 0.2], [3, -0.3], [1, 0]), 1],
  ['by the sum over what was varied', tried([3, 0.4, 0.4], [3, -0.5, 0.1]), 1],
  ['then the first', tried([3, -0.2], [3, 0.2]), 0],
  ['never what is not a number', tried([NaN, 0], [-7, 1], [NaN, 0]), 1],
  ['nothing without a score', tried(), -1],
  ['nothing where none is a number', tried([NaN, 0]), -1],
])('%s', (_, trials, place) => {
  expect(bestTrial(trials)).toBe(place);
});
