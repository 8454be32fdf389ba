import { describe, expect, it } from 'vitest';
import {
  differenceTable,
  differenceText,
  intervalText,
  verdictOf,
} from '../../../src/lab/report/difference-table.ts';
import { forestSvg } from '../../../src/lab/report/forest-svg.ts';
import { reportHtml } from '../../../src/lab/report/report-html.ts';
import { resultsJson } from '../../../src/lab/report/results-json.ts';
import { differenceLines } from '../../../src/lab/report/text-table.ts';
import type { DifferenceRow } from '../../../src/lab/results/differences.ts';
import { resultRow, runRecord } from './run-record.ts';

const RECALL = { metric: 'recall', k: 10 } as const;

function difference(changes: Partial<DifferenceRow> = {}): DifferenceRow {
  return {
    ...{ modelId: 'id-games-p2', model: 'Games/p2', kind: 'cell', own: true },
    ...{ evalDomain: 'Games', evalPeriod: 'test', split: 'test', ...RECALL },
    ...{ reference: 'most popular', referenceId: 'popular', seed: 1, seeds: 1 },
    ...{ difference: 10, standardError: 2, low: 6, high: 14, nUsers: 210, unpaired: 0 },
    ...changes,
  };
}

const WORSE = difference({
  ...{ model: 'ties', kind: 'merge', difference: -1.5, standardError: 1, low: -3.5, high: 0.5 },
  ...{ nUsers: 80, unpaired: 130 },
});

describe('a difference in words', () => {
  it('has sign, error and interval in the metric’s digits', () => {
    expect(differenceText(difference())).toBe('+10.00 ± 2.00');
    expect(intervalText(WORSE)).toBe('−3.50 … +0.50');
    expect(differenceText(difference({ difference: -0.001 }))).toBe('±0.00 ± 2.00');
    expect(differenceText(null)).toBe('–');
  });

  it('is open while its interval holds 0, and better is lower for the log loss', () => {
    expect([verdictOf(difference()), verdictOf(WORSE), verdictOf(null)]).toEqual([
      ...['better', 'open', 'open'],
    ]);
    expect(verdictOf(difference({ metric: 'log-loss', k: 0 }))).toBe('worse');
    expect(verdictOf(difference({ low: NaN, high: NaN }))).toBe('open');
  });
});

describe('tables of differences', () => {
  it('have a line a model and a column a context, with the mean where there are seeds', () => {
    const rows = [
      difference(),
      difference({ seed: 2, difference: 4 }),
      difference({ seed: null, seeds: 2, difference: 7 }),
      difference({ ...RECALL, k: 5 }),
      difference({ split: 'validation' }),
      difference({ seed: null, seeds: 2, evalDomain: 'Books', reference: 'another' }),
    ];
    const table = differenceTable(rows, RECALL);
    expect(table.contexts).toEqual(['Games · test', 'Books · test']);
    expect(table.references).toEqual(['most popular', 'another']);
    expect(table.lines.map(({ cells }) => cells.map((cell) => cell?.difference))).toEqual([
      [7, 10],
    ]);
  });

  it('stand in the terminal, starred where 0 is outside', () => {
    expect(differenceLines([difference(), WORSE], 'most popular').split('\n')).toEqual([
      '− most popular  Games · test Recall@10',
      '──────────────  ──────────────────────',
      'Games/p2                +10.00 ± 2.00*',
      'ties                     −1.50 ± 1.00',
      '',
      'model − reference, paired by user, ± standard error; * 0 outside the 95 % interval',
    ]);
    expect(differenceLines([], 'most popular')).toBe('');
  });
});

describe('a report with a reference', () => {
  const record = runRecord({ reference: 'most popular', differences: [difference(), WORSE] });

  it('shows the differences as a picture and as numbers, with who is left out', () => {
    const html = reportHtml(record);
    expect(html).toContain('<h2>Differences to most popular</h2>');
    expect(html).toContain('Recall@10 − that of most popular');
    expect(html).toContain('<td class="own">+10.00 ± 2.00 <small>+6.00 … +14.00</small></td>');
    expect(html).toContain('<td>−1.50 ± 1.00 <small>−3.50 … +0.50</small></td>');
    expect(html).toContain('<td>80 (130 left out)</td>');
    expect(reportHtml(runRecord())).not.toContain('Differences to');
  });

  it('draws the interval around its dot, 0 in the middle', () => {
    const svg = forestSvg([difference(), WORSE], 'Games');
    // The plot is 320 wide from 260 on, ±14 its ends: 6 lies at 420 + 6 / 14 · 160.
    expect(svg).toContain('M488.6 41H580.0');
    expect(svg).toContain('cx="534.3"');
    expect(svg).toContain('M420.0 22V');
    expect(forestSvg([], 'Games')).toBe('');
  });

  it('is in results.json, too', () => {
    const parsed = JSON.parse(resultsJson(record)) as Record<string, unknown>;
    expect(parsed).toMatchObject({ reference: 'most popular', differences: [difference(), WORSE] });
  });

  it('shows the number of the other mask where it differs, and errors over users of clicks', () => {
    const rows = [
      resultRow({ value: 10, otherValue: 8 }),
      resultRow({ model: 'same', value: 3, otherValue: 3.001 }),
    ];
    const html = reportHtml(runRecord({ rows }));
    expect(html).toContain('10.00 ± 0.68 (8.00)');
    expect(html).toContain('>3.00 ± 0.68<');
    expect(html).toContain('In brackets, where it differs');
    const auc = resultRow({ metric: 'auc', k: 0, value: 61.5, userError: 0.9 });
    expect(reportHtml(runRecord({ rows: [auc] }))).toContain('61.50 ± 0.90');
  });
});
