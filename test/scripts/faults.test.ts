import { describe, expect, it } from 'vitest';
import { readFaultArguments } from '../../scripts/faults/fault-arguments.ts';
import { faultsPage, mergeRows, type StoredRow } from '../../scripts/faults/fault-table.ts';

const ROW: StoredRow = {
  ...{ id: 'G07', host: 'page', fault: 'the device is | destroyed', injection: 'real' },
  ...{ injected: 1200, detected: 1200, recovered: 1199, controls: 1, seconds: 2.25, isLong: false },
  ...{ invariants: { usable: null, 'same bits': '', 'no memory left': '8 bytes' }, wrong: [] },
  ...{ adapter: 'swiftshader', date: '2026-01-02', commit: 'abc', load: 1.5 },
};
const listed = ['G07', 'G08', 'T02'].map((id) => ({
  ...{ id, fault: '', expected: '', notInjectable: '' },
}));

describe('the table of faults', () => {
  it('keeps what was not run, and replaces what was', () => {
    const long = { ...ROW, isLong: true };
    const other = { ...ROW, id: 'T02', host: 'node' };
    const fresh = { ...ROW, injected: 7 };
    expect(mergeRows([other, ROW, long], [fresh])).toEqual([fresh, long, other]);
    const families = mergeRows([], [{ ...ROW, id: 'B01' }, other, ROW]).map(({ id }) => id);
    expect(families).toEqual(['G07', 'T02', 'B01']);
  });

  it('has a line a row, what is wrong, and what has no row', () => {
    const wrong = { ...ROW, id: 'T02', wrong: ['lost: model 3'] };
    const text = faultsPage({ listed, rows: [ROW, wrong] });
    expect(text).toContain(
      '| G07 | the device is \\| destroyed | page, swiftshader | real | 1,200 | 1,200 | 1,199 | 1 | 1 of 2 |',
    );
    expect(text).toContain('over 2 of 3 ids, 1 rows with a wrong or silent outcome');
    expect(text).toContain('- T02 (page): lost: model 3');
    expect(text).toMatch(/## Without a row\n\n- G08\n/);
  });
});

describe('arguments of npm run faults', () => {
  it('are read', () => {
    expect(readFaultArguments(['--only', 'g07, S01', '--host', 'node', '--seed', '3'])).toEqual({
      ...{ only: ['G07', 'S01'], host: 'node', isLong: false, seed: 3, minutes: null, out: 'docs' },
    });
    expect(readFaultArguments(['--long'])).toMatchObject({ only: null, host: null, isLong: true });
  });

  it.each([
    [['--host', 'moon'], /page or node/],
    [['--only', 'G7'], /a letter and two digits/],
    [['--seed', 'x'], /whole number/],
    [['--minutes', '0'], /whole number/],
    [['--fast'], /--fast/],
  ])('are refused: %s', (words, message) => {
    expect(() => readFaultArguments(words)).toThrowError(message);
  });
});
