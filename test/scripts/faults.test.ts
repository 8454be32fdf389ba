import { describe, expect, it } from 'vitest';
import { readFaultArguments } from '../../scripts/faults/fault-arguments.ts';
import { missedGoals } from '../../scripts/faults/fault-goals.ts';
import { faultsPage, mergeRows, type StoredRow } from '../../scripts/faults/fault-table.ts';

const ROW: StoredRow = {
  ...{ id: 'G07', host: 'page', fault: 'the device is | destroyed', injection: 'real' },
  ...{ injected: 1200, detected: 1200, recovered: 1199, controls: 1, seconds: 2.25, isLong: false },
  ...{ invariants: { usable: null, 'same bits': '', 'no memory left': '8 bytes' }, wrong: [] },
  ...{ adapter: 'swiftshader', date: '2026-01-02', commit: 'abc', load: 1.5 },
};
const listed = ['G07', 'G08', 'T02'].map((id) => ({
  ...{ id, fault: '', expected: '', notInjectable: '', isOwnSign: id === 'T02' },
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
    const text = faultsPage({ listed, rows: [ROW, wrong] }, ['abc']);
    expect(text).toContain(
      '| G07 | the device is \\| destroyed | page, swiftshader | real | 1,200 | 1,200 | 1,199 | 1 | 1 of 2 |',
    );
    expect(text).toContain('over 2 of 3 ids, 1 rows with a wrong or silent outcome');
    expect(text).toContain('- T02 (page): lost: model 3');
    expect(text).toContain('1 rows with a wrong or silent outcome. All at one commit, abc.');
    // What a row writes itself was not detected by anything.
    expect(text).toMatch(/\| T02 \|.*\| 1,200 \| – \| 1,199 \|/);
    expect(text).toMatch(/## Without a row\n\n- G08\n/);
  });

  it('adds short and long runs up apart, and says of which commits they are', () => {
    const rows = [ROW, { ...ROW, isLong: true, injected: 7, commit: 'def+changes' }];
    const text = faultsPage({ listed, rows }, ['abc', 'def']);
    expect(text).toContain(
      '1,200 faults injected in short runs and 7 faults injected in long ones',
    );
    expect(text).toContain('The rows are of 2 commits, the oldest abc, the newest def.');
    expect(text).toContain('| 2026-01-02, def+changes, 1.5 |');
  });

  it('lists goals that are not reached, of short and of long runs', () => {
    expect(missedGoals([ROW])).toContain('short run, crashes of the GPU process: 0, of 3');
    expect(missedGoals([ROW])).toContain('long run, devices destroyed at random points: 0, of 500');
    expect(missedGoals([ROW]).join()).not.toContain('short run, devices destroyed');
    const slow = missedGoals([{ ...ROW, seconds: 390 }]);
    expect(slow).toContain('short run, minutes of all rows together: 6.5, at most 6');
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
