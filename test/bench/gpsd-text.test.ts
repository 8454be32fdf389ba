import { describe, expect, it } from 'vitest';
import { studentT975 } from '../../src/core/student-t.ts';
import { textOf } from '../support/sources.ts';

/** What the page says of the strategies with early stopping, held against what was stored. */
interface Run {
  readonly sparse: 'items' | 'tables';
  readonly draw: number;
  readonly models: Readonly<Record<string, { readonly auc: readonly [number, number] }>>;
  readonly keptEpoch: Readonly<Record<string, number>>;
  readonly pretrainingHeldOutLoss: readonly number[];
  /** Epoch, test AUC, test log loss. */
  readonly curves: Readonly<Record<string, readonly (readonly [number, number, number])[]>>;
}

const HOME = 'bench/results/gpsd';
const page = textOf(`${HOME}/README.md`);
const { runs, document } = JSON.parse(textOf(`${HOME}/validated/record.json`)) as {
  readonly runs: readonly Run[];
  readonly document: string;
};
const number = (value: number, digits = 2) => value.toFixed(digits).replace('-', '−');

/** Mean over the draws ± half the 95 % interval (Student's t). */
function said(values: readonly number[], sign = ''): string {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const half = (studentT975(n - 1) ?? NaN) * Math.sqrt(variance / n);
  return `${mean > 0 ? sign : ''}${number(mean)} ± ${number(half)}`;
}

/** Two draws have no interval that says anything. */
function each(values: readonly number[], sign = ''): string {
  return values.map((value) => `${value > 0 ? sign : ''}${number(value)}`).join(', ');
}

describe('five strategies with early stopping', () => {
  const of = (sparse: Run['sparse']) => runs.filter((run) => run.sparse === sparse);
  const aucOf = (sparse: Run['sparse'], model: string) =>
    of(sparse).map(({ models }) => models[model]?.auc[0] ?? NaN);
  const difference = (sparse: Run['sparse'], a: string, b: string) => {
    const [one, two] = [aucOf(sparse, a), aucOf(sparse, b)];
    return one.map((value, at) => value - (two[at] ?? NaN));
  };

  it('are of several draws of data, negatives and weights', () => {
    expect(of('items').map(({ draw }) => draw)).toEqual([1, 2, 3]);
    expect(of('tables').map(({ draw }) => draw)).toEqual([1, 2]);
    expect(textOf(document)).toContain('validation: { by: users');
  });

  it.each(['popularity', 'NT', 'FT', 'ST', 'FT&SF', 'ST&SF'])('say the AUC of %s', (model) => {
    const cells = [model, said(aucOf('items', model)), each(aucOf('tables', model))];
    const row = page
      .split('\n')
      .find((line) => line.startsWith(`| ${model} `) && line.includes(cells[1] ?? ''));
    expect(
      row
        ?.split('|')
        .slice(1, 4)
        .map((cell) => cell.trim()),
    ).toEqual(cells);
  });

  it.each([
    ['FT&SF', 'FT'],
    ['ST&SF', 'ST'],
    ['FT', 'NT'],
    ['FT&SF', 'NT'],
  ])('say what %s is above %s, draw by draw', (a, b) => {
    const cells = [
      `${a} − ${b}`,
      said(difference('items', a, b), '+'),
      each(difference('tables', a, b), '+'),
    ];
    const row = page.split('\n').find((line) => line.startsWith(`| ${a} − ${b} `));
    expect(
      row
        ?.split('|')
        .slice(1, 4)
        .map((cell) => cell.trim()),
    ).toEqual(cells);
  });

  it('say the same in the README', () => {
    const gain = said(difference('items', 'ST&SF', 'ST'));
    expect(textOf('README.md').replaceAll(/\s+/g, ' ')).toContain(
      `(ST&SF over ST by ${gain} points of AUC`,
    );
  });

  it('say that nothing falls inside the first epoch, and that pretraining does not memorise', () => {
    for (const { curves, pretrainingHeldOutLoss, keptEpoch } of runs) {
      for (const [strategy, curve] of Object.entries(curves)) {
        const first = curve.filter(([epoch]) => epoch <= 1);
        expect(first.map(([epoch]) => epoch)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
        const losses = first.map(([, , logLoss]) => logLoss);
        expect(
          [...losses].sort((x, y) => y - x),
          strategy,
        ).toEqual(losses);
      }
      expect(Math.min(...Object.values(keptEpoch))).toBeGreaterThanOrEqual(2);
      const least = Math.min(...pretrainingHeldOutLoss);
      expect(pretrainingHeldOutLoss.at(-1)).toBe(least);
    }
  });
});
