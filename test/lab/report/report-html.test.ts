import { describe, expect, it } from 'vitest';
import { closenessSvg, curveSvg } from '../../../src/lab/report/curve-svg.ts';
import { heatSvg } from '../../../src/lab/report/heat-svg.ts';
import { escapeMarkup } from '../../../src/lab/report/markup.ts';
import { reportHtml } from '../../../src/lab/report/report-html.ts';
import { gridMatrix } from '../../../src/lab/report/report-matrices.ts';
import { shareSvg } from '../../../src/lab/report/share-svg.ts';
import { resultsJson } from '../../../src/lab/report/results-json.ts';
import { resultRow, runRecord } from './run-record.ts';

const RECALL = { metric: 'recall', k: 10 } as const;

/** Two click models; the second has no GAUC. */
const CLICKS = [
  resultRow({ model: 'Games/p1', metric: 'auc', k: 0, value: 61.5 }),
  resultRow({ model: 'Games/p1', metric: 'gauc', k: 0, value: 60.25, nUsers: 50 }),
  resultRow({ model: 'Games/p1', metric: 'log-loss', k: 0, value: 0.6543, standardError: 0.01 }),
  resultRow({ model: 'Games/p2', modelId: 'id-games-p2', metric: 'auc', k: 0, value: 70.5 }),
  resultRow({
    ...{ model: 'Games/p2', modelId: 'id-games-p2', metric: 'log-loss', k: 0 },
    ...{ value: 0.6, standardError: 0.01 },
  }),
];

describe('reportHtml', () => {
  it('shows numbers, baselines, the document and the machine', () => {
    const html = reportHtml(runRecord());
    expect(html).toContain('14.00 ± 0.68');
    expect(html).toContain('most popular');
    expect(html).toContain('name: demo');
    expect(html).toContain('SwiftShader (software WebGPU)');
    expect(html.match(/<polyline/g)).toHaveLength(1);
  });

  it('shows click models by AUC, GAUC and log loss, each number in its own line', () => {
    const html = reportHtml(runRecord({ rows: CLICKS }));
    expect(html).toContain('Grid: AUC on the own test context');
    expect(html).not.toMatch(/Recall|@0/);
    expect(html).toContain('log loss in nats (less is better)');
    expect(html).toContain('210 impressions');
    const lines = html.split('<tr class="cell">').slice(1);
    const numbers = lines.map((line) =>
      [...line.matchAll(/<td[^>]*>([^<]*)/g)].map(([, text]) => text),
    );
    expect(numbers.map((texts) => texts.slice(1, 4))).toEqual([
      ['61.50 ± 0.68', '60.25 ± 0.68', '0.6543 ± 0.0100'],
      ['70.50 ± 0.68', '–', '0.6000 ± 0.0100'],
    ]);
  });

  it('asks the network for nothing and runs no script', () => {
    const html = reportHtml(runRecord());
    expect(html).not.toMatch(/<script|<link|<img|<iframe|@import|\burl\(|\bsrc=|\bhref=/i);
    expect(html.match(/https?:\/\/[^"]*/g)?.every((url) => url.includes('w3.org/2000/svg'))).toBe(
      true,
    );
  });

  it('escapes text wherever it comes from', () => {
    const evil = `<img src=x onerror="alert(1)">'&`;
    const record = runRecord();
    const html = reportHtml({
      info: { ...record.info, name: evil, document: evil, notes: [evil], browser: evil },
      rows: [resultRow({ model: evil, evalDomain: evil, evalPeriod: evil })],
      answers: { asked: [], models: [] },
      reference: null,
      differences: [],
      searches: [],
      shares: [{ domain: evil, cumulative: [{ month: '2023-01', share: 1 }] }],
      curves: [{ title: evil, steps: [1, 2], losses: [2, 1] }],
      jobs: record.jobs.map((job) => ({ ...job, cell: { domain: evil, stage: evil } })),
    });
    expect(html).not.toContain('<img');
    expect(html).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&#39;&amp;');
  });

  it('says so when nothing was trained or evaluated', () => {
    const html = reportHtml(runRecord({ rows: [], curves: [], jobs: [] }));
    expect(html).toContain('Nothing was evaluated.');
    expect(html).toContain('No training curve was recorded');
  });
});

describe('how interactions add up', () => {
  const shares = [
    {
      domain: 'Games',
      cumulative: [
        { month: '2023-12', share: 0.25 },
        { month: '2024-01', share: 1 },
      ],
    },
    { domain: 'Books', cumulative: [{ month: '2024-01', share: 1 }] },
  ];
  const linesOf = (svg: string) =>
    [...svg.matchAll(/<polyline[^>]*points="([^"]*)"/g)].map(([, points = '']) =>
      points.split(' ').map((point) => point.split(',').map(Number)),
    );

  it('is drawn from the first month to the last, a domain a line', () => {
    const svg = shareSvg(shares);
    const [games = [], books = []] = linesOf(svg);
    const [zero, quarter, all] = [games[0]?.[1], games[1]?.[1], games[2]?.[1]] as number[];
    expect((zero ?? NaN) - (quarter ?? NaN)).toBeCloseTo(((zero ?? NaN) - (all ?? NaN)) / 4, 1);
    // Books begins where January does, in the middle, and ends where Games ends.
    expect(books.map(([x]) => x)).toEqual(games.slice(1).map(([x]) => x));
    expect(books.map(([, y]) => y)).toEqual([zero, all]);
    const [first = NaN, middle, last = NaN] = games.map(([x]) => x ?? NaN);
    expect(middle).toBeCloseTo((first + last) / 2, 1);
    expect(svg).toContain('2023-12 to 2024-02: Games, Books');
  });

  it('is a section of the report, where it is known', () => {
    expect(reportHtml(runRecord({ shares }))).toContain('Interactions add up');
    expect(reportHtml(runRecord())).not.toContain('Interactions add up');
    expect(shareSvg([{ domain: 'Games', cumulative: [] }])).toBe('');
  });
});

describe('parts of the report', () => {
  it('fill the grid from the rows of the cells themselves', () => {
    const grid = gridMatrix(runRecord(), RECALL);
    expect(grid?.columns).toEqual(['p1', 'p2']);
    expect(grid?.rows.map((row) => row.cells.map((cell) => cell.value))).toEqual([[10, 14]]);
  });

  it('show an unevaluated cell as empty', () => {
    const grid = gridMatrix(runRecord({ rows: [] }), RECALL);
    expect(grid?.rows[0]?.cells.map((cell) => cell.text)).toEqual(['–', '–']);
  });

  it('colour what is good dark: the highest AUC, the lowest log loss', () => {
    const record = runRecord({ rows: CLICKS });
    const darkest = (metric: 'auc' | 'log-loss') => {
      const svg = heatSvg(
        gridMatrix(record, { metric, k: 0 }) ?? {
          title: '',
          columns: [],
          rows: [],
          scale: 'range',
          lowerIsBetter: false,
        },
      );
      const [, fill] = /fill="rgb\(11,74,143\)"[^>]*\/><text[^>]*>([^<]*)/.exec(svg) ?? [];
      return fill;
    };
    expect(darkest('auc')).toBe('70.50 ± 0.68');
    expect(darkest('log-loss')).toBe('0.6000 ± 0.0100');
  });

  it('make bidirectional overrides and control characters visible', () => {
    expect(escapeMarkup('a\u202eb\u0000c')).toBe('a\\u202eb\\u0000c');
  });

  it('thin a long curve and keep its last step', () => {
    const steps = Array.from({ length: 10_000 }, (_, index) => index + 1);
    const svg = curveSvg({ title: 'long', steps, losses: steps.map((step) => 1 / step) });
    const points = /points="([^"]*)"/.exec(svg)?.[1]?.split(' ') ?? [];
    expect(points.length).toBeGreaterThan(100);
    expect(points.length).toBeLessThanOrEqual(300);
    expect(svg).toContain('step 10000');
  });

  it('leave non-finite losses out of a curve', () => {
    const svg = curveSvg({ title: 'x', steps: [1, 2, 3], losses: [2, Number.NaN, 1] });
    expect(svg).not.toContain('NaN');
    expect(curveSvg({ title: 'x', steps: [1], losses: [Number.NaN] })).toBe('');
  });

  it('draw the share of close negatives where it was measured', () => {
    const curve = { title: 'train Games p1', steps: [1, 2, 3], losses: [2, 2, 1] };
    expect(closenessSvg(curve)).toBe('');
    const svg = closenessSvg({ ...curve, closeShares: [1, 0.5, 0.25] });
    expect(svg).toContain('train Games p1: close negatives, %: share 100.000 to 25.000 in 3 steps');
  });

  it('keep the JSON exact', () => {
    const record = runRecord({ rows: [resultRow({ value: 1 / 3, model: '=cmd()' })] });
    const parsed: unknown = JSON.parse(resultsJson(record));
    expect(parsed).toMatchObject({
      schema: 'mmgrid-results/1',
      rows: [{ value: 1 / 3, model: '=cmd()' }],
      log_history: [{ job: 'train Games p1', loss: [5, 4, 3] }],
    });
  });
});
