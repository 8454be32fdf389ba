import { describe, expect, it } from 'vitest';
import type { RankedList } from '../../../src/rec/data/types.ts';
import { hybridLists } from '../../../src/rec/evaluation/hybrid.ts';

const USER = { user: 0, target: 7 };
const LIST: RankedList = { ...USER, items: [3, 5, 4, -1], scores: [-1, -2, -3, -Infinity] };
/** Shares 0.75 of item 4 and 0.25 of item 7, which the model's list lacks. */
const OCCURRING = [
  { item: 4, score: 3 },
  { item: 7, score: 1 },
];

function items(list: RankedList, weight: number, length = 10) {
  return hybridLists([list], [OCCURRING], weight, length)[0]?.items;
}

describe('a model with co-occurrence', () => {
  it('ranks by log p + weight · log(p_co + 0.001), over the items of both', () => {
    // log 0.001 = −6.908, log 0.751 = −0.286, log 0.251 = −1.382; 7 has the list’s end, −3.
    // 3: −1 − 6.908 w, 5: −2 − 6.908 w, 4: −3 − 0.286 w, 7: −3 − 1.382 w
    expect(items(LIST, 0.25)).toEqual([3, 4, 7, 5]);
    expect(items(LIST, 0.35)).toEqual([4, 3, 7, 5]);
    expect(items(LIST, 0.4)).toEqual([4, 7, 3, 5]);
    expect(items(LIST, 0.4, 2)).toEqual([4, 7]);
  });

  it('is the model’s list with weight 0, and keeps the target', () => {
    expect(items(LIST, 0)).toEqual([3, 5, 4, 7]);
    expect(hybridLists([LIST], [OCCURRING], 1, 10)[0]).toMatchObject(USER);
  });

  it('takes the order alone for 1 / rank', () => {
    const ordered: RankedList = { ...USER, items: LIST.items };
    // −log 1, −log 2, −log 3: item 4 passes 5 at w · 6.62 = log 1.5, and 3 at w · 6.62 = log 3.
    expect(items(ordered, 0.06)).toEqual([3, 5, 4, 7]);
    expect(items(ordered, 0.07)?.slice(0, 3)).toEqual([3, 4, 5]);
    expect(items(ordered, 0.17)?.slice(0, 2)).toEqual([4, 3]);
  });

  it('leaves a user without co-occurrence to the model', () => {
    expect(hybridLists([LIST], [[]], 3, 10)[0]?.items).toEqual([3, 5, 4]);
  });

  it('refuses weights below 0 and scores that are no numbers', () => {
    expect(() => items(LIST, -1)).toThrowError(/weight -1/);
    expect(() => items(LIST, NaN)).toThrowError(/weight NaN/);
    expect(() => items({ ...LIST, scores: [-1, NaN, -3] }, 1)).toThrowError(
      expect.objectContaining({ code: 'non-finite' }),
    );
  });
});
