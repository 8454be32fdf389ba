import { describe, expect, it } from 'vitest';
import { givenSemanticIds } from '../../../src/rec/semantic-ids/given-ids.ts';
import type { DomainData } from '../../../src/rec/data/types.ts';

function dataWith(givenIds: DomainData['givenIds']): DomainData {
  const itemIds = (givenIds ?? [null, null]).map((_, item) => `i${String(item)}`);
  const own = givenIds === undefined ? {} : { givenIds };
  return { domain: 'Office', itemIds, titles: null, ...own, userIds: [], timelines: [] };
}

function faultsOf(givenIds: DomainData['givenIds']): string[] {
  try {
    givenSemanticIds(dataWith(givenIds), 2, 4);
  } catch (error) {
    const { faults } = error as { faults: { place: string; message: string }[] };
    return faults.map(({ place, message }) => `${place}: ${message}`);
  }
  return [];
}

describe('given ids', () => {
  it('are taken as they are; of two with one id the later moves to the nearest free code', () => {
    const given = [
      [0, 3],
      [1, 0],
      [1, 0],
      [0, 3],
      [0, 3],
    ];
    const { codes, collisions, repaired } = givenSemanticIds(dataWith(given), 2, 4);
    expect([...codes]).toEqual([0, 3, 1, 0, 1, 1, 0, 2, 0, 1]);
    expect({ collisions, repaired }).toEqual({ collisions: 0, repaired: 3 });
  });

  it('moves to the prefix of the nearest number when all codes behind one are taken', () => {
    const given = new Array<number[]>(5).fill([2, 1]);
    const { codes, collisions, moved } = givenSemanticIds(dataWith(given), 2, 4);
    expect([...codes]).toEqual([2, 1, 2, 0, 2, 2, 2, 3, 1, 1]);
    expect({ collisions, moved }).toEqual({ collisions: 0, moved: [1, 0] });
  });

  it('names what is missing or does not fit the experiment', () => {
    expect(faultsOf(undefined)).toEqual([
      'Office: no file with ids of "Office" (semantic_ids_Office.json) was given',
    ]);
    expect(faultsOf([[0, 1], null, [1, 2, 3], [1, 4]])).toEqual([
      'item "i1": has no id in the file',
      'item "i2": has 3 levels, the experiment 2',
      'item "i3": has code 4, the experiment 4 codes a level',
    ]);
  });
});
