import { describe, expect, it } from 'vitest';
import { paradigmDocuments } from '../../../src/lab/paradigms/document-list.ts';
import { STRATEGIES } from '../../../src/rec/behaviour/behaviour-types.ts';

/** What pages say of a cell of this strategy, by each paradigm that has strategies. */
const startsOf = (strategy: string) =>
  paradigmDocuments().flatMap((document) => {
    const start = document.cellStart?.(strategy);
    return start === undefined ? [] : [start];
  });

describe('the start of a click model', () => {
  it('has words of its own for every strategy, and is random for one alone', () => {
    const starts = STRATEGIES.map((strategy) => startsOf(strategy)[0] ?? null);
    expect(new Set(starts.map((start) => start?.text)).size).toBe(STRATEGIES.length);
    expect(starts.map((start) => start?.isRandom)).toEqual([true, false, false, false, false]);
    expect(startsOf('FT&SF')).toEqual([
      { text: 'everything transferred, sparse part frozen', isRandom: false },
    ]);
  });

  it('is that of the strategy for other architectures, too', () => {
    expect(startsOf('DIN ST&SF')).toEqual(startsOf('ST&SF'));
    expect(startsOf('DIN NT')[0]?.isRandom).toBe(true);
  });

  it('is nothing for a word that is no strategy', () => {
    expect(startsOf('NTX')).toEqual([null]);
    expect(startsOf('')).toEqual([null]);
  });
});
