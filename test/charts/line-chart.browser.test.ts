import { afterEach, describe, expect, it } from 'vitest';
import '../../src/ui/style/tokens.css';
import { MmLineChart, type LineSeries } from '../../src/charts/line-chart.ts';
import { markerPath } from '../../src/charts/marker.ts';

afterEach(() => {
  document.body.replaceChildren();
});

async function show(series: readonly LineSeries[], xScale: 'linear' | 'log' = 'linear') {
  const chart = new MmLineChart();
  chart.series = series;
  chart.xScale = xScale;
  document.body.append(chart);
  await chart.updateComplete;
  const all = (selector: string) => [...(chart.shadowRoot?.querySelectorAll(selector) ?? [])];
  return { all, picture: (selector: string) => all(`svg[role=img] ${selector}`) };
}

const COMMON = { x: [0, 1, 2, 3], draw: 'line' } as const;

describe('mm-line-chart', () => {
  it('tells two sides of a series by dashes, marks points and rings one', async () => {
    const { all, picture } = await show([
      {
        ...{ ...COMMON, label: 'NT train', colour: 2, stroke: 'dashed', isUnlisted: true },
        y: [1, 2, 3, 4],
      },
      { ...COMMON, label: 'NT', colour: 2, stroke: 'solid', marker: 2, ring: 1, y: [1, 2, 1, 0] },
    ]);
    const lines = picture('path.line');
    expect(lines.map((line) => line.getAttribute('stroke-dasharray'))).toEqual(['5 4', '']);
    expect(new Set(lines.map((line) => line.getAttribute('stroke')))).toEqual(
      new Set(['var(--mm-series-3)']),
    );
    const marks = picture('path.mark');
    expect(marks.map((mark) => mark.getAttribute('d'))).toEqual(Array(4).fill(markerPath(2)));
    const ring = picture('circle.ring');
    expect(ring).toHaveLength(1);
    expect(marks[1]?.getAttribute('transform')).toContain(
      Number(ring[0]?.getAttribute('cx')).toFixed(1),
    );
    expect(all('li').map((item) => item.textContent.trim())).toEqual(['NT']);
  });

  it('breaks a line where a value is missing', async () => {
    const { picture } = await show([{ ...COMMON, label: 'a', y: [1, NaN, 2, 3] }]);
    const path = picture('path.line')[0]?.getAttribute('d') ?? '';
    expect(path.match(/M/g)).toHaveLength(2);
    expect(path).not.toContain('NaN');
  });

  it('draws the spread of points on a logarithmic axis', async () => {
    const { picture } = await show(
      [
        {
          label: 'FT',
          draw: 'points',
          marker: 1,
          x: [1e3, 1e5],
          y: [2, 4],
          spread: [
            [1, 3],
            [4, 5],
          ],
        },
        { label: 'mid', draw: 'points', marker: 0, x: [1e4], y: [2] },
      ],
      'log',
    );
    const number = (element: Element | undefined, name: string) =>
      Number(element?.getAttribute(name));
    const spread = picture('line.spread');
    expect(spread).toHaveLength(2);
    expect(number(spread[0], 'y1')).toBeGreaterThan(number(spread[0], 'y2'));
    const middle = (number(spread[0], 'x1') + number(spread[1], 'x1')) / 2;
    const mark = picture('path.mark')[2]?.getAttribute('transform') ?? '';
    expect(Number(/\(([\d.]+)/.exec(mark)?.[1])).toBeCloseTo(middle, 0);
  });
});
