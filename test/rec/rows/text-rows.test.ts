import { describe, expect, it } from 'vitest';
import { itemText, itemTexts } from '../../../src/rec/text/item-text.ts';
import { taskRows } from '../../../src/rec/rows/semantic-id-tasks.ts';
import {
  idsToTextRow,
  idToTextRow,
  languageRows,
  targetsOf,
  textsToIdRow,
  textToIdRow,
  type TokenizedItems,
} from '../../../src/rec/rows/text-rows.ts';
import type { TokenRow } from '../../../src/rec/rows/token-rows.ts';
import type { DomainData } from '../../../src/rec/data/types.ts';
import { createVocabulary } from '../../../src/rec/semantic-ids/vocabulary.ts';

/** Three items with ids (0,1), (1,0), (1,1) as tokens 64…, and texts of one to three tokens. */
const ITEMS: TokenizedItems = {
  texts: [[10], [11, 12], [13, 14, 15]],
  ids: {
    levels: 2,
    codesPerLevel: 2,
    codes: Uint16Array.from([0, 1, 1, 0, 1, 1]),
    collisions: 0,
    repaired: 0,
  },
  vocabulary: createVocabulary(2, 2, { textTokens: 64 }),
};

/** Tokens of a row in order, scored ones in brackets. */
function shown({ ids, targets }: TokenRow): string {
  const tokens = [...ids, targets.at(-1) ?? -1];
  return tokens
    .map((token, t) => (t > 0 && targets[t - 1] !== -100 ? `[${String(token)}]` : String(token)))
    .join(' ');
}

describe('rows with texts', () => {
  it('score the answer and nothing else', () => {
    expect(shown(languageRows([[7, 8]])[0] ?? { ids: [], targets: [] })).toBe('1 [7] [8] [2]');
    expect(shown(textToIdRow(1, ITEMS))).toBe('1 5 11 12 4 [65] [66]');
    expect(shown(idToTextRow(1, ITEMS))).toBe('1 4 65 66 5 [11] [12] [2]');
    expect(shown(idsToTextRow([0, 2], 1, ITEMS, 64))).toBe('1 64 67 65 67 5 [11] [12] [2]');
    expect(shown(textsToIdRow([0, 2], 1, ITEMS, 64))).toBe('1 5 10 5 13 14 15 4 [65] [66]');
  });

  it('every target is the token that follows', () => {
    const { ids, targets } = textsToIdRow([0, 2], 1, ITEMS, 64);
    targets.forEach((target, t) => {
      if (target !== -100 && t + 1 < ids.length) expect(target).toBe(ids[t + 1]);
    });
  });

  it('leave out the oldest items, whole, where the positions end', () => {
    // [bos] and <index> and two id tokens leave 4 of 8 positions: item 2 takes them all.
    expect(shown(textsToIdRow([0, 2], 1, ITEMS, 8))).toBe('1 5 13 14 15 4 [65] [66]');
    expect(textsToIdRow([0, 2], 1, ITEMS, 8).ids.length).toBeLessThanOrEqual(8);
    expect(shown(textsToIdRow([0, 2], 1, ITEMS, 7))).toBe('1 4 [65] [66]');
  });

  it('targets carry exactly the history before them', () => {
    const row = { user: 0, start: 3, items: [5, 6, 7, 8], scored: [false, true, false, true] };
    expect(targetsOf(row, 2)).toEqual([
      { target: 6, history: [5], position: 4 },
      { target: 8, history: [6, 7], position: 6 },
    ]);
  });
});

const DATA: DomainData = {
  domain: 'Games',
  itemIds: ['a', 'b', 'c'],
  titles: ['Chess', 'Go!', ''],
  descriptions: ['A game', '19 lines', ''],
  userIds: ['u'],
  timelines: [],
};

describe('semantic-id tasks', () => {
  const row = { user: 0, start: 0, items: [0, 1, 2], scored: [false, true, true] };
  const rows = [row];
  const options = { alignment: 1, mixed: true, history: 5, maxPositions: 64, seed: 3 };

  it('align both ways for the share of items, and give each target one sequence form', () => {
    const whole = taskRows(DATA, rows, ITEMS, options).map(shown);
    expect(whole).toHaveLength(2 * 3 + 2);
    expect(whole).toContain('1 5 10 4 [64] [67]');
    expect(whole).toContain('1 4 64 67 5 [10] [2]');
    const sequences = whole.slice(6);
    expect(['1 64 67 5 [11] [12] [2]', '1 5 10 4 [65] [66]']).toContain(sequences[0]);
    expect(taskRows(DATA, rows, ITEMS, { ...options, alignment: 0.34 })).toHaveLength(2 + 2);
    expect(taskRows(DATA, rows, ITEMS, { ...options, mixed: false })).toHaveLength(6);
  });

  it('draw the same from the same seed, and both forms over many targets', () => {
    const many = Array.from({ length: 40 }, (_, start) => ({ ...row, start }));
    const draw = (seed: number) =>
      taskRows(DATA, many, ITEMS, { ...options, alignment: 0, seed }).map(shown);
    expect(draw(3)).toEqual(draw(3));
    expect(draw(3)).not.toEqual(draw(4));
    const titlesAsked = draw(3).filter((row) => row.endsWith('[2]')).length;
    expect(titlesAsked).toBeGreaterThan(25);
    expect(titlesAsked).toBeLessThan(55);
  });
});

describe('item texts', () => {
  it('are title and description as sentences', () => {
    expect(itemText(DATA, 0)).toBe('Chess. A game');
    expect(itemText(DATA, 1)).toBe('Go! 19 lines');
  });

  it('must be there for every item; the error names those without', () => {
    expect(() => itemTexts(DATA)).toThrow(/1 of 3 items of "Games" have no text/);
    expect(() => itemTexts({ ...DATA, titles: null, descriptions: [] })).toThrow(/3 of 3 items/);
  });
});
