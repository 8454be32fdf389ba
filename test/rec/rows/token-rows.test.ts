import { describe, expect, test } from 'vitest';
import { promptTokens, tokenRows } from '../../../src/rec/rows/token-rows.ts';
import type { SemanticIds } from '../../../src/rec/data/types.ts';
import {
  createVocabulary,
  idTokenRange,
  tokenNames,
  tokenOf,
} from '../../../src/rec/semantic-ids/vocabulary.ts';

const IDS: SemanticIds = {
  levels: 2,
  codesPerLevel: 10,
  codes: Uint16Array.of(1, 2, 3, 4, 9, 0),
  collisions: 0,
  repaired: 0,
};
const VOCABULARY = createVocabulary(2, 10);

describe('vocabulary', () => {
  test('rounds its size up and names every row', () => {
    expect(createVocabulary(2, 10).size).toBe(24);
    expect(createVocabulary(2, 10, { multipleOf: 64 }).size).toBe(64);
    expect(createVocabulary(4, 256, { multipleOf: 64 }).size).toBe(1088);
    const names = tokenNames(createVocabulary(4, 256, { multipleOf: 64 }));
    expect(names).toHaveLength(1088);
    expect(new Set(names).size).toBe(1088);
    expect(names.slice(0, 5)).toEqual(['<pad>', '<bos>', '<eos>', '<unk>', '<a_0>']);
    expect(names[tokenOf(createVocabulary(4, 256), 3, 255)]).toBe('<d_255>');
    expect(idTokenRange(VOCABULARY)).toEqual({ start: 4, end: 24 });
  });

  test.each([
    [0, 10],
    [9, 10],
    [2, 0],
    [2, 1.5],
  ])('refuses %d levels of %d codes', (levels, codes) => {
    expect(() => createVocabulary(levels, codes)).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    );
  });
});

describe('tokenRows', () => {
  test('predicts the codes of scored items from the position before', () => {
    const row = { user: 0, start: 0, items: [0, 1, 2], scored: [false, true, false] };
    expect(tokenRows([row], IDS, VOCABULARY)).toEqual([
      // bos, item 0 = a1 b2, item 1 = a3 b4, item 2 = a9 (b0 would predict nothing)
      { ids: [1, 5, 16, 7, 18, 13], targets: [-100, -100, 7, 18, -100, -100] },
    ]);
  });

  test('at scored positions the input up to there is the prompt of the history', () => {
    const row = { user: 0, start: 0, items: [2, 0, 1], scored: [false, false, true] };
    const [tokens] = tokenRows([row], IDS, VOCABULARY);
    const firstScored = tokens?.targets.findIndex((target) => target >= 0) ?? -1;
    expect(tokens?.ids.slice(0, firstScored + 1)).toEqual(promptTokens([2, 0], IDS, VOCABULARY));
  });

  test('refuses items without an id and a vocabulary of another shape', () => {
    const row = { user: 0, start: 0, items: [3], scored: [true] };
    expect(() => tokenRows([row], IDS, VOCABULARY)).toThrow('Item 3');
    expect(() => promptTokens([0], IDS, createVocabulary(3, 10))).toThrow('does not fit');
  });
});
