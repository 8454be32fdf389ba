import { expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { buildBehaviourData } from '../../../src/rec/behaviour/behaviour-data.ts';
import { countingUser, period, tinyData } from '../tiny-data.ts';
import { domainOf, impressionsOf, optionsOf, tinyImpressions } from './tiny-behaviour.ts';

const DATA = tinyData([countingUser(90), countingUser(150)]);
const STAGES = [period('a', 0, 40), period('b', 40, 100)];

function faultOf(run: () => unknown): AppError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    return error as AppError;
  }
  throw new Error('nothing was thrown');
}

test('a window without samples is named with its dates', () => {
  const options = optionsOf({ stages: STAGES });
  const error = faultOf(() => domainOf(DATA, options));
  expect(error.code).toBe('data-invalid');
  expect(error.message).toBe('Domain "Tiny" has no samples in "a" (1970-01-01 to 1970-01-01).');
  expect(error.hint).toContain('Choose other dates');
});

test('one class only', () => {
  const error = faultOf(() => domainOf(DATA, optionsOf({ negatives: 0 })));
  expect(error.code).toBe('data-invalid');
  expect(error.message).toContain('1 samples, all of them clicked, in "train"');
  const log = tinyImpressions([
    [0, 10, [0, 1, 2], [[3, 0]]],
    [0, 110, [0, 1, 2], [[3, 1]]],
  ]);
  const unclicked = faultOf(() => impressionsOf(log, optionsOf({ samples: 'impressions' })));
  expect(unclicked.message).toContain('all of them not clicked, in "train"');
});

test('fewer than two items', () => {
  const one = tinyData([
    [
      [0, 1],
      [0, 2],
      [0, 3],
    ],
  ]);
  const error = faultOf(() => domainOf(one, optionsOf()));
  expect(error.code).toBe('data-invalid');
  expect(error.message).toBe('Domain "Tiny" has 1 items: nothing can be told apart.');
});

test('labels that are neither 0 nor 1', () => {
  const log = tinyImpressions([
    [
      0,
      10,
      [0, 1, 2],
      [
        [3, 1],
        [2, 2],
      ],
    ],
  ]);
  const error = faultOf(() => impressionsOf(log, optionsOf({ samples: 'impressions' })));
  expect(error).toMatchObject({
    code: 'data-invalid',
    faults: [{ place: 'News: impressions', message: 'label 2 of candidate 1 is neither 0 nor 1' }],
  });
});

test('impressions of data that have none', () => {
  const error = faultOf(() => domainOf(DATA, optionsOf({ samples: 'impressions' })));
  expect(error.code).toBe('data-invalid');
  expect(error.hint).toContain('impressions: true');
});

test.each([
  ['all with one stage', { samples: 'all' as const }],
  ['trainShare with two stages', { trainShare: 0.7, stages: STAGES }],
  ['trainShare with all', { samples: 'all' as const, trainShare: 0.7, stages: STAGES }],
  ['trainShare 1', { trainShare: 1 }],
  ['trainShare NaN', { trainShare: NaN }],
  ['periods out of order', { stages: [...STAGES].reverse() }],
  ['no stage', { stages: [] }],
])('%s is no experiment', (_, changes) => {
  const error = faultOf(() => domainOf(DATA, optionsOf(changes)));
  expect(error.code).toBe('experiment-invalid');
});

test('a feature that the items lack lists those they have', () => {
  const data = { ...DATA, features: { category: DATA.itemIds.map(() => 'x') } };
  const options = optionsOf({ features: ['category', 'brand'] });
  const error = faultOf(() => buildBehaviourData([{ data }], options));
  expect(error.code).toBe('experiment-invalid');
  expect(error.message).toBe('The items have no feature brand.');
  expect(error.hint).toContain('Features of these data: category.');
});
