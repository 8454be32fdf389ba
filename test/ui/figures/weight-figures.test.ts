import { describe, expect, it } from 'vitest';
import type { ResultRow } from '../../../src/lab/results/results.ts';
import { restoreChoices } from '../../../src/ui/document/merge-form-restore.ts';
import { MEANS } from '../../../src/lab/merging/merge-forms.ts';
import { weightResultFigure } from '../../../src/ui/figures/weight-result-figures.ts';

const RESTORES = restoreChoices({ semanticId: { form: 'compact' } });

function seriesOf(figure: ReturnType<typeof weightResultFigure>) {
  if (figure?.chart.type !== 'lines') throw new Error('no lines');
  return figure.chart.series;
}

const ROW: ResultRow = {
  ...{ runId: 'run', modelId: 'model', model: '', kind: 'merge', recipeHash: '' },
  ...{ evalDomain: 'Games', evalPeriod: 'test', split: 'test', metric: 'recall', k: 10 },
  ...{ value: 0, standardError: 1, nUsers: 100, seed: 1, tier: 'full', own: true },
  ...{ backend: 'cpu', adapter: '', engineVersion: '1', createdAt: '' },
};

const row = (model: string, evalDomain: string, value: number, more: Partial<ResultRow> = {}) => ({
  ...ROW,
  ...{ model, evalDomain, value },
  ...more,
});

describe('the curve of evaluated merges', () => {
  const merges = [
    { name: 'half', over: 'domains', method: 'simple_average' },
    { name: 'bare', over: 'domains', method: 'simple_average', restore: 'nothing' },
    { name: 'most Games', over: 'domains', method: 'linear', parameters: { weight: [0.75, 0.25] } },
    { name: 'of Books', over: 'domains', method: 'linear', parameters: { weight: [0, 1] } },
    { name: 'twice', over: 'domains', method: 'linear', parameters: { weight: [1, 1] } },
    { name: 'later', over: 'periods', method: 'linear', parameters: { weight: [0.5, 0.5] } },
  ];
  const rows = [
    row('half', 'Games', 9),
    row('bare', 'Games', 2),
    row('most Games', 'Games', 11),
    row('of Books', 'Games', 5),
    row('twice', 'Games', 99),
    row('Games/phase2', 'Games', 12, { kind: 'cell' }),
    row('Games/phase2', 'Games', 40, { kind: 'cell', seed: 2 }),
    row('Books/phase2', 'Games', 98, { kind: 'cell', own: false }),
    row('co-occurrence', 'Games', 8, { kind: 'baseline' }),
    row('half', 'Books', 7),
    row('Books/phase2', 'Books', 6, { kind: 'cell' }),
    row('half', 'Books', 90, { k: 5 }),
  ];
  const given = {
    ...{ rows, merges, domains: ['Games', 'Books'], stages: ['phase1', 'phase2'] },
    ...{ restores: RESTORES, seed: 1, means: MEANS },
  };

  it('goes from cell to cell, with what puts nothing back and counting beside it', () => {
    const figure = weightResultFigure(given, { metric: 'recall', k: 10 });
    expect(seriesOf(figure).map(({ label, x, y }) => [label, x, y])).toEqual([
      ['Games', [0, 0.5, 0.75, 1], [5, 9, 11, 12]],
      ['Games, its own cell', [1], [12]],
      ['Games, gets back nothing', [0.5], [2]],
      ['Games, co-occurrence', [0, 1], [8, 8]],
      ['Books', [0, 0.5], [6, 7]],
      ['Books, its own cell', [0], [6]],
    ]);
    expect(seriesOf(figure)[0]?.spread?.[1]).toEqual([8, 10]);
    expect(figure?.table.rows).toContainEqual([
      'Games',
      'nothing: all is merged',
      'bare',
      0.5,
      2,
      1,
    ]);
  });

  it('is none for one weight, for three domains and before anything is evaluated', () => {
    const at = { metric: 'recall', k: 10 } as const;
    expect(weightResultFigure({ ...given, merges: merges.slice(0, 2) }, at)).toBeNull();
    expect(weightResultFigure({ ...given, domains: ['Games', 'Books', 'Films'] }, at)).toBeNull();
    expect(weightResultFigure({ ...given, rows: [] }, at)).toBeNull();
  });
});
