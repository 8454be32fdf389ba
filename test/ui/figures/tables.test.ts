import { describe, expect, it } from 'vitest';
import { crossMatrix, differenceFrom } from '../../../src/ui/figures/cross-matrix.ts';
import {
  axisStart,
  dotsFor,
  isOf,
  mergeContexts,
  subjectOf,
} from '../../../src/ui/figures/merge-dots.ts';
import { metricsOf, metricTitle, shownMetric } from '../../../src/ui/state/metric-choice.ts';
import {
  filteredResults,
  pivotResults,
  sortedResults,
} from '../../../src/ui/figures/results-table.ts';
import { progressText } from '../../../src/ui/state/progress-text.ts';
import { focusedCell, gridOf, progressOf } from '../../../src/ui/state/selectors.ts';
import { CLICK_ROWS, clickDoneState } from '../samples/sample-clicks.ts';
import { doneState, readyState, SAMPLE_ROWS, trainingState } from '../samples/sample-state.ts';

describe('gridOf', () => {
  it('lists domains and stages in plan order with states and numbers', () => {
    const grid = gridOf(trainingState());
    expect(grid.domains).toEqual(['Games', 'Books']);
    expect(grid.stages).toEqual(['pretrain', 'phase1', 'phase2']);
    expect(grid.rows[0]?.map((cell) => cell.status)).toEqual(['done', 'done', 'training']);
    expect(grid.rows[1]?.map((cell) => cell.status)).toEqual(['queued', 'queued', 'queued']);
    expect(grid.rows[0]?.[0]?.score?.value).toBeCloseTo(18, 9);
    expect(grid.rows[0]?.[1]?.score).toBeNull();
  });

  it('gives the base model the mean over its contexts', () => {
    const { score } = gridOf(doneState()).base;
    const own = SAMPLE_ROWS.filter(
      (row) => row.kind === 'base' && row.metric === 'recall' && row.k === 10,
    );
    expect(score?.contexts).toBe(2);
    expect(score?.value).toBeCloseTo(own.reduce((sum, row) => sum + row.value, 0) / 2, 9);
  });

  it('focuses the chosen cell, else the one in training', () => {
    const state = trainingState();
    expect(focusedCell(state, gridOf(state)).key).toEqual({ domain: 'Games', stage: 'phase2' });
    const chosen = { ...state, selection: { domain: 'Books', stage: 'phase1' } };
    expect(focusedCell(chosen, gridOf(chosen)).key).toEqual(chosen.selection);
  });
});

describe('progressOf', () => {
  it('counts the current job by its share and estimates its rest', () => {
    const progress = progressOf(trainingState().run);
    expect(progress.finished).toBe(7);
    expect(progress.share).toBeCloseTo((7 + 21 / 48) / 17, 9);
    expect(progress.remainingSeconds).toBeCloseTo(27 / 6.4, 9);
    expect(progressOf(readyState().run).remainingSeconds).toBeNull();
  });
});

describe('progressText', () => {
  it('tells the rest of the current job from the whole run', () => {
    expect(progressText(progressOf(trainingState().run))).toBe(
      '7/17 jobs · this job: 21/48 steps · 6.40 steps/s · 4.2 s left',
    );
    expect(progressText(progressOf(readyState().run))).toBe('0/17 jobs');
  });
});

describe('pivotResults', () => {
  const pivot = pivotResults(SAMPLE_ROWS);

  it('adds the mean over seeds after their lines', () => {
    const twice = SAMPLE_ROWS.filter(({ kind }) => kind === 'cell').flatMap((row) => [
      { ...row, seed: 1, value: 10 },
      { ...row, seed: 2, value: 12 },
    ]);
    const own = pivotResults(twice).rows.filter(({ model }) => model === twice[0]?.model);
    const first = own.filter(({ context }) => context === own[0]?.context);
    expect(first.map(({ seed, seeds }) => [seed, seeds])).toEqual([
      [1, 1],
      [2, 1],
      [null, 2],
    ]);
    expect(first[2]?.metrics['recall@10']?.value).toBe(11);
    expect(first[2]?.metrics['recall@10']?.standardError).toBeCloseTo(12.706, 3);
  });

  it('loses no number', () => {
    const numbers = pivot.rows.flatMap((row) => Object.values(row.metrics));
    expect(numbers).toHaveLength(SAMPLE_ROWS.length);
    expect(pivot.metrics.map((metric) => metric.label).slice(0, 4)).toEqual([
      'Recall@5',
      'Recall@10',
      'Recall@20',
      'NDCG@5',
    ]);
  });

  it('filters by words, kind and scope', () => {
    const own = filteredResults(pivot.rows, { text: 'games PHASE2', kind: 'cell', scope: 'own' });
    expect(own.map((row) => [row.model, row.context])).toEqual([['Games/phase2', 'Games test']]);
    expect(filteredResults(pivot.rows, { text: 'none', kind: 'all', scope: 'all' })).toEqual([]);
  });

  it('sorts by a metric in both directions with missing numbers last', () => {
    const first = pivot.rows[0];
    if (first === undefined) throw new Error('no rows');
    const rows = [{ ...first, model: 'bare', metrics: {} }, ...pivot.rows];
    const key = { type: 'metric', id: 'recall@10' } as const;
    for (const descending of [true, false]) {
      const sorted = sortedResults(rows, key, descending);
      const values = sorted.flatMap((row) => row.metrics[key.id]?.value ?? []);
      const expected = values.toSorted((a, b) => (descending ? b - a : a - b));
      expect(values).toEqual(expected);
      expect(sorted[sorted.length - 1]?.model).toBe('bare');
    }
  });
});

describe('crossMatrix', () => {
  it('has every model on every context and marks the own ones', () => {
    const matrix = crossMatrix(SAMPLE_ROWS, 'recall', 10, 1);
    expect(matrix.columns).toEqual(['Games', 'Books']);
    expect(matrix.rows.map((row) => row.label)).toContain('Books/phase1');
    const row = matrix.rows.find(({ label }) => label === 'Games/phase2');
    expect(row?.cells.map((cell) => cell?.own)).toEqual([true, false]);
    // Base first, merges last; baselines are in none of the rows.
    expect(matrix.rows[0]?.label).toBe('base');
    const merges = matrix.rows.filter(({ isMerge }) => isMerge).map(({ label }) => label);
    expect(merges.length).toBeGreaterThan(0);
    expect(matrix.rows.slice(-merges.length).map(({ label }) => label)).toEqual(merges);
    expect(matrix.rows.some(({ label }) => label === 'most popular')).toBe(false);
  });

  it('tells a probe from the whole test window by its number of users', () => {
    const matrix = crossMatrix(SAMPLE_ROWS, 'recall', 10, 1);
    const row = matrix.rows.find(({ label }) => label === 'Games/phase2');
    expect(row?.cells.map((cell) => cell?.isProbe)).toEqual([false, true]);
    expect(row?.cells[1]?.users).toBe(100);
  });

  it('takes one row off the others, where the same number of users was asked', () => {
    const matrix = crossMatrix(SAMPLE_ROWS, 'recall', 10, 1);
    const valueOf = (from: typeof matrix, label: string, column: number) =>
      from.rows.find((row) => row.label === label)?.cells[column]?.value;
    const difference = differenceFrom(matrix, 'Games/phase1');
    const expected =
      (valueOf(matrix, 'Games/phase2', 0) ?? NaN) - (valueOf(matrix, 'Games/phase1', 0) ?? NaN);
    expect(expected).not.toBe(0);
    expect(valueOf(difference, 'Games/phase2', 0)).toBe(expected);
    expect(valueOf(difference, 'Games/phase1', 0)).toBe(0);
    // Books/phase2 was a probe on Games: a difference to a whole evaluation would be one of users.
    expect(valueOf(matrix, 'Books/phase2', 0)).toBeDefined();
    expect(valueOf(difference, 'Books/phase2', 0)).toBeUndefined();
  });

  it('prefers the evaluation with more users', () => {
    const row = SAMPLE_ROWS.find((one) => one.kind === 'cell' && one.k === 10 && one.own);
    if (row === undefined) throw new Error('no row');
    const capped = { ...row, nUsers: 10, value: 1 };
    const matrix = crossMatrix([capped, row], 'recall', 10, 1);
    expect(matrix.rows[0]?.cells[0]?.value).toBe(row.value);
  });
});

describe('dotsFor', () => {
  it('puts merges, own cells and baselines of one context in order of value', () => {
    const subject = { name: 'velocity', parents: ['Games/phase1', 'Games/phase2'] };
    const dots = dotsFor(SAMPLE_ROWS, 'Games', 'recall', 10, subject, 1);
    expect(dots.map((dot) => dot.value)).toEqual(
      dots.map((dot) => dot.value).toSorted((a, b) => b - a),
    );
    const kinds = new Map(dots.map((dot) => [dot.label, dot.kind]));
    expect(kinds.get('Games/phase2')).toBe('parent');
    expect(kinds.get('Games/pretrain')).toBe('other');
    expect(kinds.get('most popular')).toBe('baseline');
    expect(kinds.has('Books/phase2')).toBe(false);
    expect(dots.filter((dot) => dot.highlighted).map((dot) => dot.label)).toEqual([
      'velocity (Games)',
    ]);
  });

  it('knows the cells of an entry with defaults', () => {
    const domains = ['A', 'B'];
    const stages = ['s1', 's2', 's3'];
    expect(subjectOf({ name: 'm', over: 'domains' }, domains, stages).parents).toEqual([
      'A/s3',
      'B/s3',
    ]);
    expect(
      subjectOf({ name: 'm', over: 'periods', domains: ['B'] }, domains, stages).parents,
    ).toEqual(['B/s2', 'B/s3']);
  });

  it('tells a merge from one whose name only starts alike', () => {
    expect(isOf('average (Games)', 'average')).toBe(true);
    expect(isOf('average2', 'average')).toBe(false);
    expect(mergeContexts(SAMPLE_ROWS)).toEqual(['Games', 'Books']);
  });
});

describe('rows of click models', () => {
  it('score the grid by AUC, or by what is asked for', () => {
    const state = clickDoneState();
    const grid = gridOf(state);
    expect(grid.metric).toEqual({ metric: 'auc', k: 0 });
    expect(grid.stages).toEqual(['NT', 'FT', 'ST', 'FT&SF', 'ST&SF']);
    const row = CLICK_ROWS.find(
      ({ model, metric, seed }) => model === 'Games/FT&SF' && metric === 'auc' && seed === 1,
    );
    expect(grid.rows[0]?.[3]?.score?.value).toBe(row?.value);
    const loss = gridOf(state, 2, { metric: 'log-loss', k: 0 }).rows[0]?.[3]?.score;
    expect(loss?.value).toBeLessThan(1);
    const before = gridOf({ ...state, run: { ...state.run, rows: [] } });
    expect(before.metric.metric).toBe('auc');
    expect(gridOf(readyState()).metric).toEqual({ metric: 'recall', k: 10 });
  });

  it('have columns named without a cut-off', () => {
    const { metrics, rows } = pivotResults(CLICK_ROWS);
    expect(metrics.map(({ label }) => label)).toEqual(['AUC', 'GAUC', 'log loss']);
    // 2 domains × 5 strategies × (2 seeds and their mean)
    expect(rows).toHaveLength(30);
    // GAUC counts users, the line impressions.
    expect(new Set(rows.map(({ n }) => n))).toEqual(new Set([400]));
  });

  it('offer in menus what they have', () => {
    expect(metricsOf(CLICK_ROWS).map(metricTitle)).toEqual(['AUC', 'GAUC', 'log loss']);
    expect(metricTitle(shownMetric(CLICK_ROWS, null, ''))).toBe('AUC');
    expect(metricTitle(shownMetric(CLICK_ROWS, 'log-loss@0', ''))).toBe('log loss');
    expect(metricTitle(shownMetric(CLICK_ROWS, 'mrr@5', 'discriminative'))).toBe('AUC');
    expect(metricTitle(shownMetric(SAMPLE_ROWS, null, ''))).toBe('Recall@10');
    expect(metricTitle(shownMetric([], null, 'discriminative'))).toBe('AUC');
  });

  it('stand best first in dots: the lowest log loss, the highest AUC', () => {
    const values = (metric: 'auc' | 'log-loss') =>
      dotsFor(CLICK_ROWS, 'Games', metric, 0, null, 1).map(({ value }) => value);
    expect(values('auc')).toEqual(values('auc').toSorted((a, b) => b - a));
    expect(values('log-loss')).toEqual(values('log-loss').toSorted((a, b) => a - b));
    expect(values('auc')).toHaveLength(5);
  });

  it('have dots on axes that show their differences', () => {
    const dots = (metric: 'auc' | 'log-loss') => dotsFor(CLICK_ROWS, 'Games', metric, 0, null, 1);
    const lowest = (metric: 'auc' | 'log-loss') =>
      Math.min(...dots(metric).map(({ value, standardError }) => value - standardError));
    expect(axisStart('recall', dots('auc'))).toBe(0);
    expect(axisStart('auc', dots('auc'))).toBe(Math.min(50, lowest('auc')));
    expect(axisStart('log-loss', dots('log-loss'))).toBeLessThan(lowest('log-loss'));
    expect(axisStart('log-loss', dots('log-loss'))).toBeGreaterThan(0.3);
    expect(axisStart('log-loss', [])).toBe(0);
  });
});
