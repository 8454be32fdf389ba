import { expect, it } from 'vitest';
import { interactionCharacteristics } from '../../../src/rec/data/interaction-characteristics.ts';
import type { DomainData } from '../../../src/rec/data/types.ts';
import { period } from '../tiny-data.ts';

const DAY = 86_400_000;
const STAGES = [period('old', 0, 10 * DAY), period('new', 10 * DAY, 20 * DAY)];
const TEST = period('test', 20 * DAY, 30 * DAY);

function domain(timelines: readonly (readonly [item: number, day: number])[][]): DomainData {
  return {
    domain: 'd',
    itemIds: ['a', 'b', 'c', 'd'],
    titles: null,
    userIds: timelines.map((_, user) => `u${String(user)}`),
    timelines: timelines.map((line) => ({
      items: Uint32Array.from(line, ([item]) => item),
      timesMs: Float64Array.from(line, ([, day]) => day * DAY),
    })),
  };
}

it('measures shares and ages as they are defined', () => {
  const data = domain([
    [
      [0, 1],
      [1, 12],
      [2, 25],
    ],
    [
      [0, 2],
      [0, 9],
      [1, 21],
      [0, 22],
    ],
  ]);
  const targets = [
    { user: 0, target: 2, timeMs: 25 * DAY, history: [] },
    { user: 1, target: 0, timeMs: 22 * DAY, history: [] },
  ];
  const found = interactionCharacteristics(data, STAGES, TEST, targets);
  // In the window: item 2 (first seen there), 1 (first seen in the newest stage), 0 (before it).
  expect(found.newItemShare).toBeCloseTo(1 / 3, 12);
  expect(found.meanLogItemAge).toBeCloseTo((Math.log(1) + Math.log(22)) / 2, 12);
  expect(found.stageShares).toEqual([0.75, 0.25]);
});

it('gives 0 where there is nothing', () => {
  expect(interactionCharacteristics(domain([]), STAGES, TEST, [])).toEqual({
    newItemShare: 0,
    meanLogItemAge: 0,
    stageShares: [0, 0],
  });
});
