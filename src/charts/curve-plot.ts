import uPlot from 'uplot';
import { visibleText } from '../core/visible-text.ts';
import { joined } from './curve-data.ts';
import type { CurveSeries } from './curve-data.ts';

/** Dashes as well as colours tell series apart. */
export const DASHES: readonly (readonly number[])[] = [[], [7, 4], [2, 3], [9, 3, 2, 3]];

/** Steps are whole: 1, 2, 5 times powers of ten. */
const WHOLE = Array.from({ length: 8 }, (_, power) => [1, 2, 5].map((n) => n * 10 ** power)).flat();

export interface PlotColors {
  readonly text: string;
  readonly grid: string;
  readonly series: readonly string[];
}

export interface CurvePlotOptions {
  readonly xLabel: string;
  readonly yLabel: string;
  readonly colors: PlotColors;
  /** Series drawn thick; −1 for none. */
  readonly focused: number;
}

/** The only place that knows uPlot: series in, canvas out. */
export class CurvePlot {
  private readonly plot: uPlot;

  constructor(host: HTMLElement, series: readonly CurveSeries[], options: CurvePlotOptions) {
    this.plot = new uPlot(configuration(host, series, options), columnsOf(series), host);
  }

  update(series: readonly CurveSeries[]): void {
    this.plot.setData(columnsOf(series));
  }

  resize(width: number, height: number): void {
    if (width > 0) this.plot.setSize({ width, height });
  }

  destroy(): void {
    this.plot.destroy();
  }
}

function columnsOf(series: readonly CurveSeries[]): uPlot.AlignedData {
  const table = joined(series);
  return [[...table.steps], ...table.columns.map((column) => [...column])];
}

function configuration(
  host: HTMLElement,
  series: readonly CurveSeries[],
  options: CurvePlotOptions,
): uPlot.Options {
  const { text, grid } = options.colors;
  const axis = {
    stroke: text,
    grid: { stroke: grid, width: 1 },
    ticks: { stroke: grid, width: 1 },
  };
  const font = `12px ${getComputedStyle(host).fontFamily}`;
  return {
    width: Math.max(1, host.clientWidth),
    height: Math.max(1, host.clientHeight),
    scales: { x: { time: false } },
    legend: { show: false },
    cursor: { drag: { x: true, y: false }, points: { size: 6 } },
    axes: [
      {
        ...axis,
        font,
        labelFont: font,
        label: options.xLabel,
        labelSize: 20,
        size: 34,
        incrs: [...WHOLE],
      },
      { ...axis, font, labelFont: font, label: options.yLabel, labelSize: 20, size: 48 },
    ],
    series: [
      { label: options.xLabel },
      ...series.map((one, index) => ({
        label: visibleText(one.label),
        stroke: options.colors.series[index % options.colors.series.length] ?? text,
        width: index === options.focused ? 2.5 : 1.5,
        dash: [...(DASHES[index % DASHES.length] ?? [])],
        points: { show: one.steps.length < 3 },
        spanGaps: true,
      })),
    ],
  };
}
