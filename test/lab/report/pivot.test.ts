import { describe, expect, it } from 'vitest';
import { cellText, pivot } from '../../../src/lab/report/pivot.ts';
import { textTable } from '../../../src/lab/report/text-table.ts';
import { resultRow, runRecord } from './run-record.ts';

describe('pivot', () => {
  it('puts models in lines and contexts in columns, baselines last', () => {
    const table = pivot(
      [
        resultRow({ model: 'most popular', kind: 'baseline', value: 2 }),
        resultRow({ model: 'Games/p1', value: 3 }),
        resultRow({ model: 'Games/p1', value: 1, evalDomain: 'Books', own: false }),
        resultRow({ model: 'base', kind: 'base', value: 4, evalDomain: 'Books' }),
      ],
      'recall',
      10,
    );
    expect(table.contexts).toEqual(['Games · test', 'Books · test']);
    expect(table.rows.map((row) => row.model)).toEqual(['base', 'Games/p1', 'most popular']);
    expect(table.rows.map((row) => row.cells.map((cell) => cell?.value ?? null))).toEqual([
      [null, 4],
      [3, 1],
      [2, null],
    ]);
    expect(table.rows[1]?.cells[1]?.own).toBe(false);
  });

  it('leaves out other metrics, cutoffs and validation', () => {
    const rows = [
      resultRow({ metric: 'ndcg' }),
      resultRow({ k: 5 }),
      resultRow({ split: 'validation' }),
    ];
    expect(pivot(rows, 'recall', 10).rows).toEqual([]);
  });

  it('keeps seeds apart, and adds their mean with its 95 % interval', () => {
    const rows = [1, 2, 6].map((value, at) => resultRow({ seed: at + 1, value }));
    const other = resultRow({ model: 'most popular', kind: 'baseline', value: 2 });
    const table = pivot([...rows, other], 'recall', 10);
    expect(table.rows.map((row) => row.model)).toEqual([
      'Games/p1 (seed 1)',
      'Games/p1 (seed 2)',
      'Games/p1 (seed 3)',
      'Games/p1 (mean of 3 seeds, 95 % interval)',
      'most popular',
    ]);
    // t(2) = 4.303; s = √7; 4.303 · √7 / √3 = 6.573
    expect(cellText('recall', table.rows[3]?.cells[0] ?? null)).toBe('3.00 ± 6.57');
  });

  it('gives no mean on a context that a seed lacks', () => {
    const rows = [
      resultRow({ seed: 1 }),
      resultRow({ seed: 2 }),
      resultRow({ seed: 1, evalDomain: 'Books', own: false }),
    ];
    expect(pivot(rows, 'recall', 10).rows[2]?.cells.map((cell) => cell === null)).toEqual([
      false,
      true,
    ]);
  });

  it('says with a dash that nothing was measured', () => {
    expect(cellText('recall', null)).toBe('–');
    expect(cellText('recall', { value: 1.005, standardError: 0.3, n: 5, own: true })).toBe(
      '1.00 ± 0.30',
    );
  });
});

describe('textTable', () => {
  it('aligns columns and names baselines', () => {
    const lines = textTable(runRecord().rows).split('\n');
    expect(lines[0]).toBe('model                    Games · test Recall@10  Games · test NDCG@10');
    expect(lines[2]).toMatch(/^Games\/p1\s+10\.00 ± 0\.68\*\s+–$/);
    expect(lines[5]).toMatch(/^most popular \(baseline\)\s+4\.00 ± 0\.68/);
    expect(lines.at(-1)).toContain('Games · test 210');
  });

  it('says when models saw different numbers of users', () => {
    const rows = [resultRow({ nUsers: 210 }), resultRow({ model: 'Books/p1', nUsers: 80 })];
    expect(textTable(rows)).toContain('users: Games · test 80–210;');
  });

  it('says so when there is nothing', () => {
    expect(textTable([])).toBe('No results.');
  });
});
