import { describe, expect, it } from 'vitest';
import {
  beamTree,
  logSoftmax,
  type SearchedLevels,
} from '../../../src/rec/semantic-ids/beam-tree.ts';
import { allOpen, beamRows, waysToFirst } from '../../../src/ui/figures/beam-rows.ts';

/** Five items of two codes each, of three codes a level: 0·0, 0·1, 1·0, 1·2 and 1·2 once more. */
const IDS = {
  ...{ levels: 2, codesPerLevel: 3, collisions: 1, repaired: 0 },
  codes: Uint16Array.from([0, 0, 0, 1, 1, 0, 1, 2, 1, 2]),
};

const ln = Math.log;

/** A search of one beam: it kept 1, then 1·2. */
const SEARCHED: SearchedLevels = {
  levels: [
    [
      {
        ...{ codes: [], logP: 0, illegal: 0.25 },
        next: [
          { code: 0, logP: ln(0.4) },
          { code: 1, logP: ln(0.6) },
        ],
      },
    ],
    [
      {
        ...{ codes: [1], logP: ln(0.6), illegal: 0.1 },
        next: [
          { code: 0, logP: ln(0.3) },
          { code: 2, logP: ln(0.7) },
        ],
      },
    ],
  ],
  found: [{ codes: [1, 2], logP: ln(0.42) }],
  isRenormalised: true,
};

describe('the tree of a beam search', () => {
  const tree = beamTree(SEARCHED, IDS);

  it('has what was kept, let go and cut, with the items under it', () => {
    const { root } = tree;
    expect(root).toMatchObject({ code: -1, p: 1, logP: 0, items: 5 });
    expect(root.left).toEqual({ codes: 1, p: expect.closeTo(0.4) as number, items: 2 });
    expect(root.cut).toEqual({ codes: 1, p: 0.25 });
    const [one, ...others] = root.kept;
    expect(others).toEqual([]);
    expect(one).toMatchObject({
      code: 1,
      items: 3,
      examples: [2, 3, 4],
      cut: { codes: 1, p: 0.1 },
    });
    expect(one?.p).toBeCloseTo(0.6);
    const [leaf] = one?.kept ?? [];
    // Two items share the id: the search can name the first only.
    expect(leaf).toMatchObject({ code: 2, items: 2, examples: [3, 4], kept: [] });
    expect(leaf?.logP).toBeCloseTo(ln(0.42));
    expect(leaf?.left).toEqual({ codes: 0, p: 0, items: 0 });
  });

  it('counts logits of legal codes alone, and says what the others would have', () => {
    const { logP, outside } = logSoftmax(Float32Array.from([0, ln(2), ln(5)]), [0, 1]);
    expect(logP[0]).toBeCloseTo(ln(1 / 3), 6);
    expect(logP[1]).toBeCloseTo(ln(2 / 3), 6);
    expect(outside).toBeCloseTo(5 / 8, 6);
    // As large as float32 holds, and none that is left out.
    expect(logSoftmax([3e38, 3e38], [0, 1])).toEqual({ logP: [ln(0.5), ln(0.5)], outside: 0 });
  });

  it('is drawn line by line, two searches beside each other', () => {
    const other = beamTree(
      {
        ...SEARCHED,
        levels: [SEARCHED.levels[0] ?? [], []],
        found: [{ codes: [0], logP: ln(0.4) }],
      },
      IDS,
    );
    const trees = [tree, other, null];
    const rows = beamRows(trees, new Set());
    expect(rows.map(({ kind, name, place, of }) => [kind, name, place, of])).toEqual([
      ['kept', 'a 1', 1, 4],
      ['kept', 'a 0', 2, 4],
      ['left', '1 code', 3, 4],
      ['cut', '1 code', 4, 4],
    ]);
    expect(rows[0]?.cells.map((cell) => cell && Number(cell.p.toFixed(3)))).toEqual([
      0.6,
      null,
      null,
    ]);
    expect(rows[3]?.cells.map((cell) => cell?.p)).toEqual([0.25, 0.25, undefined]);
    expect(rows[0]?.isOpen).toBe(false);
    expect([...waysToFirst([tree])]).toEqual(['1', '1 2']);
    const open = beamRows(trees, waysToFirst([tree]));
    expect(open.map(({ level, name }) => `${String(level)} ${name}`)).toEqual([
      '1 a 1',
      '2 b 2',
      '2 1 code',
      '2 1 code',
      '1 a 0',
      '1 1 code',
      '1 1 code',
    ]);
    expect(beamRows(trees, allOpen(trees)).length).toBe(open.length);
  });

  it('puts many prefixes into one line that opens', () => {
    const codes = Array.from({ length: 12 }, (_, code) => code);
    const wide = beamTree(
      {
        levels: [
          [
            {
              codes: [],
              logP: 0,
              illegal: 0,
              next: codes.map((code) => ({ code, logP: ln(1 / 12) })),
            },
          ],
        ],
        found: codes.map((code) => ({ codes: [code], logP: ln(1 / 12) })),
        isRenormalised: false,
      },
      {
        ...{ levels: 1, codesPerLevel: 12, collisions: 0, repaired: 0 },
        codes: Uint16Array.from(codes),
      },
    );
    const folded = beamRows([wide], new Set());
    expect(folded).toHaveLength(7);
    expect(folded[6]).toMatchObject({ kind: 'more', name: '6 more kept', items: 6, isOpen: false });
    expect(folded[6]?.cells[0]?.p).toBeCloseTo(0.5);
    expect(beamRows([wide], new Set([' more']))).toHaveLength(13);
    // What leads to a first answer is seen, however unlikely beside the others.
    const named = beamRows([wide], new Set(['9']));
    expect(named.map(({ name }) => name).slice(-2)).toEqual(['a 9', '5 more kept']);
    expect(beamRows([wide], allOpen([wide]))).toHaveLength(12);
  });
});
