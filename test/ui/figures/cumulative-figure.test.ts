import { describe, expect, it } from 'vitest';
import { cumulativeFigure } from '../../../src/ui/figures/cumulative-figure.ts';

const GAMES = {
  domain: 'Games',
  cumulative: [
    { month: '2023-12', share: 0.25 },
    { month: '2024-01', share: 1 },
  ],
};
const BOOKS = { domain: 'Books', cumulative: [{ month: '2024-01', share: 1 }] };

describe('the figure of how interactions add up', () => {
  it('has a line a domain, in percent over months, from 0 on', () => {
    const figure = cumulativeFigure([GAMES, BOOKS]);
    const january = 12 * 2024;
    expect(figure?.chart).toMatchObject({ type: 'lines', xScale: 'months' });
    if (figure?.chart.type !== 'lines') throw new Error('no lines');
    expect(figure.chart.series).toEqual([
      { label: 'Games', draw: 'line', x: [january - 1, january, january + 1], y: [0, 25, 100] },
      { label: 'Books', draw: 'line', x: [january, january + 1], y: [0, 100] },
    ]);
  });

  it('has the same numbers as a table', () => {
    expect(cumulativeFigure([GAMES, BOOKS])?.table.rows).toEqual([
      ['Games', '2023-12', 0],
      ['Games', '2024-01', 25],
      ['Games', '2024-02', 100],
      ['Books', '2024-01', 0],
      ['Books', '2024-02', 100],
    ]);
  });

  it('is none where nothing is counted', () => {
    expect(cumulativeFigure([])).toBeNull();
    expect(cumulativeFigure([{ domain: 'Games', cumulative: [] }])).toBeNull();
  });
});
