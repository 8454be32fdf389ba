import { describe, expect, it } from 'vitest';
import { layoutOf } from '../../../src/core/layout.ts';
import { restoreRows, TOKEN_TENSORS } from '../../../src/merge/arenas/restore-rows.ts';

const layout = layoutOf([
  [{ name: 'model.embed_tokens.weight', shape: [6, 3] }],
  [{ name: 'model.norm.weight', shape: [3] }],
  [{ name: 'lm_head.weight', shape: [6, 3] }],
]);
const merged = new Float32Array(layout.length).fill(1);
const source = new Float32Array(layout.length).fill(2);
const tensors = TOKEN_TENSORS;

describe('restoreRows', () => {
  it('takes exactly the rows of embedding and head and leaves its inputs alone', () => {
    const restored = restoreRows(merged, layout, source, { tensors, fromRow: 2, toRow: 5 });
    const head = layout.entries[2]?.offset ?? 0;
    const expected = merged
      .slice()
      .fill(2, 6, 15)
      .fill(2, head + 6, head + 15);
    expect(restored).toEqual(expected);
    expect(merged.every((value) => value === 1)).toBe(true);
  });

  it('serves a tied model, which has no head', () => {
    const tied = layoutOf([[{ name: 'model.embed_tokens.weight', shape: [6, 3] }]]);
    const own = merged.subarray(0, tied.length);
    const restored = restoreRows(own, tied, source.subarray(0, tied.length), {
      tensors,
      fromRow: 0,
      toRow: 6,
    });
    expect(restored.subarray(0, 18)).toEqual(new Float32Array(18).fill(2));
  });

  it('restores nothing for an empty range', () => {
    expect(restoreRows(merged, layout, source, { tensors, fromRow: 3, toRow: 3 })).toEqual(merged);
  });

  it.each([
    [-1, 2],
    [3, 2],
    [0, 7],
    [0.5, 2],
  ])('refuses rows %f…%f', (fromRow, toRow) => {
    expect(() => restoreRows(merged, layout, source, { tensors, fromRow, toRow })).toThrow(
      /not in tensor "model.embed_tokens.weight" of 6 rows/,
    );
  });

  it('refuses arenas of another layout and a model without the tensors', () => {
    const range = { tensors, fromRow: 0, toRow: 1 };
    expect(() => restoreRows(merged, layout, source.subarray(64), range)).toThrow(/length/);
    const none = { ...range, tensors: ['head'] };
    expect(() => restoreRows(merged, layout, source, none)).toThrow(/none of the tensors "head"/);
  });
});
