import { describe, expect, it } from 'vitest';
import { titlePrompt, titleRows, type TitleFormat } from '../../../src/rec/rows/title-rows.ts';
import type { TrainingRow } from '../../../src/rec/rows/training-rows.ts';

const BOS = 1;
const SEP = 9;
/** Item i has i + 1 tokens: 10 i, 10 i + 1, …; items 0 to 5. */
const itemTokens = Array.from({ length: 6 }, (_, item) =>
  Array.from({ length: item + 1 }, (_unused, k) => 100 + 10 * item + k),
);
const format: TitleFormat = { itemTokens, separator: SEP, promptPositions: 100 };
const NO = -100;

function row(items: number[], scored: number[]): TrainingRow {
  return { user: 0, start: 0, items, scored: items.map((_, index) => scored.includes(index)) };
}

/** What a target position sees, with the target itself: how the loss reads a row. */
function examples(rows: ReturnType<typeof titleRows>): string[] {
  return rows.flatMap(({ ids, targets }) =>
    targets.flatMap((target, t) =>
      target === NO ? [] : [`${ids.slice(0, t + 1).join(' ')} -> ${String(target)}`],
    ),
  );
}

describe('rows of titles', () => {
  it('follows every title by a separator and scores the scored items alone', () => {
    expect(titleRows([row([1, 0, 2], [1, 2])], format)).toEqual([
      {
        ids: [BOS, 110, 111, SEP, 100, SEP, 120, 121, 122],
        targets: [NO, NO, NO, 100, SEP, 120, 121, 122, SEP],
      },
    ]);
  });

  it('shows each target what a prompt shows, and then its own tokens', () => {
    const narrow = { ...format, promptPositions: 8 };
    const items = [0, 1, 2, 0, 3, 1, 0];
    const rows = titleRows([row(items, [2, 4, 5, 6])], narrow);
    const wanted = [2, 4, 5, 6].flatMap((index) => {
      const prompt = titlePrompt(items.slice(0, index), narrow);
      const answer = [...(itemTokens[items[index] ?? 0] ?? []), SEP];
      return answer.map(
        (token, k) => `${[...prompt, ...answer.slice(0, k)].join(' ')} -> ${String(token)}`,
      );
    });
    expect(examples(rows).sort()).toEqual(wanted.sort());
    for (const { ids, targets } of rows) expect(targets.length).toBe(ids.length);
    // 2 sees all; 4 begins at item 2, 5 and 6 later: windows that coincide share a row.
    expect(rows.length).toBeLessThanOrEqual(4);
    const wide = titleRows([row(items, [2, 4, 5, 6])], format);
    expect(wide).toHaveLength(1);
    expect(examples(wide)).toHaveLength(wanted.length);
  });

  it('cuts windows from the newest end and scores every scored item once', () => {
    const narrow = { ...format, promptPositions: 8 };
    const items = [0, 1, 2, 0, 3, 1, 0, 2];
    const rows = titleRows([row(items, [1, 2, 3, 4, 5, 6, 7])], narrow, { fit: 'windows' });
    const scored = rows.flatMap(({ targets }) => targets.filter((target) => target !== NO));
    expect(scored).toEqual(items.slice(1).flatMap((item) => [...(itemTokens[item] ?? []), SEP]));
    expect(rows.length).toBeLessThan(7);
    for (const { ids } of rows) expect(ids.length).toBeLessThanOrEqual(8 + 3);
    expect(titleRows([row(items, [7])], narrow, { fit: 'windows' })).toEqual(
      titleRows([row(items, [7])], narrow),
    );
  });

  it('gives every target its own row when answers carry a label', () => {
    const labelled = { ...format, promptTokens: [7], answerLabel: [8, 8] };
    expect(titleRows([row([1, 0, 2], [1, 2])], labelled)).toEqual([
      { ids: [BOS, 7, 110, 111, SEP, 8, 8, 100], targets: [NO, NO, NO, NO, NO, NO, 100, SEP] },
      {
        ids: [BOS, 7, 110, 111, SEP, 100, SEP, 8, 8, 120, 121, 122],
        targets: [...new Array<number>(8).fill(NO), 120, 121, 122, SEP],
      },
    ]);
    expect(titlePrompt([1], labelled)).toEqual([BOS, 7, 110, 111, SEP, 8, 8]);
  });

  it('leaves whole old items out of a prompt', () => {
    const history = [5, 2, 1];
    const prompts = [6, 8, 9, 15].map((promptPositions) =>
      titlePrompt(history, { ...format, promptPositions }),
    );
    const newest = [110, 111, SEP];
    const both = [120, 121, 122, SEP, ...newest];
    const all = [150, 151, 152, 153, 154, 155, SEP, ...both];
    expect(prompts).toEqual([newest, both, both, all].map((tokens) => [BOS, ...tokens]));
    expect(titlePrompt([], format)).toEqual([BOS]);
  });

  it('refuses items without text, separators in titles and prompts that hold nothing', () => {
    const rows = [row([0, 1], [1])];
    expect(() => titleRows(rows, { ...format, itemTokens: [[1], []] })).toThrow(/no usable title/);
    expect(() => titleRows(rows, { ...format, itemTokens: [[1], [SEP]] })).toThrow(/no usable/);
    expect(() => titleRows([row([5, 1], [1])], { ...format, promptPositions: 7 })).toThrow(
      /cannot hold/,
    );
    expect(() => titlePrompt([77], format)).toThrow(/has no title/);
  });
});
