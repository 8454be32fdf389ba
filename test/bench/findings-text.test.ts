import { describe, expect, it } from 'vitest';
import { textOf } from '../support/sources.ts';

/** What the pages say of the findings, held against what was stored. */
interface Estimate {
  readonly value: number;
  readonly standardError: number;
  readonly n: number;
}
interface Point {
  readonly domain: string;
  readonly weight: number;
  readonly newItemShare: number;
  readonly resampled: { readonly gain: Estimate };
}
interface Regression {
  readonly points: readonly Point[];
  readonly weights: readonly number[];
  readonly fit: {
    readonly n: number;
    readonly terms: readonly { readonly coefficient: number; readonly halfWidth: number }[];
    readonly r2: number;
    readonly leaveOneOut: number;
    readonly leaveOneOutOfMean: number;
  };
  readonly resampledTerms: readonly { readonly low: number; readonly high: number }[];
}
interface Group {
  readonly name: string;
  readonly own: Estimate;
  readonly difference: Estimate | null;
  readonly ofSeeds: readonly number[];
}
interface Pair {
  readonly cosine: number;
  readonly conflict: number;
}
interface Kept<Value> {
  readonly name: string;
  readonly value?: Value;
  readonly pairs?: readonly Pair[];
}

const HOME = 'bench/results/findings';
const page = textOf(`${HOME}/README.md`);
const words = (text: string) => text.replaceAll(/\s+/g, ' ');
const number = (value: number, digits = 2) => value.toFixed(digits).replace('-', '−');
const record = <Value>(study: string) =>
  JSON.parse(textOf(`${HOME}/${study}/record.json`)) as {
    readonly document: string;
    readonly run: { readonly at: string; readonly adapter: { readonly name: string } };
    readonly analyses: readonly Kept<Value>[];
  };

describe('findings 2 and 3, where the old returns', () => {
  const { analyses, document, run } = record<Regression>('returning');
  const of = (name: string): Regression => {
    const found = analyses.find((one) => one.name === name)?.value;
    if (found === undefined) throw new Error(`no analysis "${name}"`);
    return found;
  };
  const { points, weights } = of('alpha by new items');
  const meanGain = (some: readonly Point[]) => {
    const gains = some.map(({ resampled }) => resampled.gain);
    const squares = gains.reduce((sum, one) => sum + one.standardError ** 2, 0);
    return {
      value: gains.reduce((sum, one) => sum + one.value, 0) / gains.length,
      standardError: Math.sqrt(squares) / gains.length,
      n: gains.reduce((sum, one) => sum + one.n, 0),
      least: Math.min(...gains.map(({ value }) => value)),
      most: Math.max(...gains.map(({ value }) => value)),
    };
  };
  const returning = points.slice(10);
  const others = points.slice(0, 10);

  it('say what was gained by choosing', () => {
    const [all, high, low] = [points, returning, others].map(meanGain);
    const said = (one: typeof all) =>
      `${number(one?.value ?? NaN)} ± ${number(one?.standardError ?? NaN)}`;
    expect(page).toContain(`${said(all)} (standard error; 6,080 users)`);
    expect(all?.n).toBe(6080);
    for (const one of [high, low]) {
      const range = `${number(one?.least ?? NaN)} and ${number(one?.most ?? NaN)}`;
      expect(page).toContain(`${said(one)}, each shop between ${range}`);
    }
    expect(words(textOf('README.md'))).toContain(
      `is worth ${number(high?.value ?? NaN, 1)} ± ${number(high?.standardError ?? NaN, 1)} points`,
    );
  });

  it('say that the best weight is the end of the sweep where most returns, and about 0 elsewhere', () => {
    expect(Math.min(...weights)).toBe(-1);
    expect(returning.map(({ weight }) => weight)).toEqual(returning.map(() => -1));
    const found = others.map(({ weight }) => weight);
    expect([Math.min(...found), Math.max(...found)]).toEqual([-0.2, 0.4]);
    expect(Math.max(...returning.map(({ newItemShare }) => newItemShare))).toBeLessThan(0.3);
    expect(Math.min(...others.map(({ newItemShare }) => newItemShare))).toBeGreaterThan(0.3);
  });

  it.each(['alpha by new items', 'alpha by item age'])('say what the fit is: %s', (name) => {
    const { fit, resampledTerms } = of(name);
    const [, slope] = fit.terms;
    const [, drawn] = resampledTerms;
    const cells = [
      `${number(slope?.coefficient ?? NaN)} ± ${number(slope?.halfWidth ?? NaN)}`,
      `${number(drawn?.low ?? NaN)} … ${number(drawn?.high ?? NaN)}`,
      ...[fit.r2, fit.leaveOneOut, fit.leaveOneOutOfMean].map((value) => number(value)),
    ];
    expect(page).toContain(`| ${cells.join(' | ')} |`);
    expect(fit.n).toBe(16);
  });

  it('say what was run', () => {
    expect(textOf(document)).toContain('name: findings-returning');
    expect(run.at.slice(0, 10)).toBe('2026-12-01');
    const { fit } = of('alpha by new items');
    const [, slope] = fit.terms;
    expect(words(textOf('README.md'))).toContain(
      `(slope ${number(slope?.coefficient ?? NaN)} ± ${number(slope?.halfWidth ?? NaN)}, n = 16)`,
    );
  });
});

describe.each([
  ['bases', 'common start', 'common random start', '| base |'],
  ['bases-text', 'language model', 'language model', '| base of embeddings |'],
])('finding 1, from four bases: %s', (study, start, startTitle, header) => {
  const { analyses, document } = record<{ readonly groups: readonly Group[] }>(study);
  const groups = analyses.find(({ value }) => value !== undefined)?.value?.groups ?? [];
  const lines = page.split('\n').map((line) => line.replaceAll(/ +/g, ' '));
  const first = lines.findIndex((line) => line.startsWith(header));
  const rows = lines.slice(first + 2, first + 7);

  it.each([
    [start, startTitle],
    ['mean of pretrain', 'mean of pretrain'],
    ['pooled recommender', 'pooled recommender'],
    ['own pretrain', "each model's own pretrain"],
    ['average', 'average, no base'],
  ])('says what a base is worth: %s', (name, title) => {
    const { own, difference, ofSeeds } = groups.find((one) => one.name === name) ?? {};
    const said = (one: Estimate | null | undefined) =>
      one === null || one === undefined
        ? ''
        : `${number(one.value)} ± ${number(one.standardError)}`;
    const pairs = analyses.flatMap((one) =>
      one.name === `conflict (${name})` ? (one.pairs ?? []) : [],
    );
    const mean = (key: keyof Pair) => pairs.reduce((sum, one) => sum + one[key], 0) / pairs.length;
    const cells = [
      title,
      said(own),
      said(difference),
      (ofSeeds ?? []).map((value) => number(value)).join(', '),
      ...(pairs.length === 0
        ? ['', '']
        : [number(mean('cosine')), number(100 * mean('conflict'), 1)]),
    ];
    const row = rows.find((line) => line.startsWith(`| ${title} |`));
    expect(
      row
        ?.split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    ).toEqual(cells);
    expect(textOf(document)).toContain(`name: findings-${study}`);
  });

  it('says what of it can be told', () => {
    const replaced = groups.filter(({ name }) => ![start, 'average'].includes(name));
    expect(replaced).toHaveLength(3);
    for (const { name, difference, ofSeeds } of replaced) {
      if (study === 'bases') {
        expect(difference?.value, name).toBeLessThan(-2 * (difference?.standardError ?? NaN));
      } else {
        // One training has nothing.
        expect(Math.abs(ofSeeds[0] ?? NaN), name).toBeLessThan(0.17);
      }
    }
    if (study === 'bases') return;
    const average = groups.find(({ name }) => name === 'average');
    for (const { name, own } of groups) {
      if (name !== 'average') expect(own.value, name).toBeGreaterThan(average?.own.value ?? NaN);
    }
    expect(average?.ofSeeds.every((value) => value < 0)).toBe(true);
  });
});

describe('three paradigms from one base', () => {
  interface Disparity extends Pair {
    readonly a: string;
    readonly b: string;
    readonly permuted: { readonly cosine: { readonly mean: number; readonly deviation: number } };
  }
  const { pairs } = JSON.parse(textOf(`${HOME}/disparity/record.json`)) as {
    readonly pairs: readonly Disparity[];
  };
  const parts = (name: string) => name.split(' ') as [string, string];
  const those = (is: (a: [string, string], b: [string, string]) => boolean) =>
    pairs.filter(({ a, b }) => is(parts(a), parts(b)));
  const range = (values: readonly number[], digits: number) =>
    `${number(Math.min(...values), digits)} to ${number(Math.max(...values), digits)}`;

  it.each([
    ['one paradigm, two shops', those((a, b) => a[0] === b[0]), 3],
    [
      'titles and semantic ids, one shop',
      those((a, b) => a[1] === b[1] && ![a[0], b[0]].includes('embedding')),
      2,
    ],
    [
      'embeddings and either, one shop',
      those((a, b) => a[1] === b[1] && [a[0], b[0]].includes('embedding')),
      4,
    ],
  ] as const)('say how far apart they are: %s', (title, found, count) => {
    expect(found).toHaveLength(count);
    const cells = [
      title,
      range(
        found.map(({ cosine }) => cosine),
        2,
      ),
      range(
        found.map(({ conflict }) => 100 * conflict),
        1,
      ),
    ];
    expect(page).toContain(`| ${cells.join(' | ')} |`);
  });

  it('say where they stand in their permutations', () => {
    for (const { a, b, cosine, permuted } of pairs) {
      expect(Math.abs(permuted.cosine.mean)).toBeLessThan(0.01);
      if (parts(a)[1] !== parts(b)[1] || ![a, b].some((name) => name.startsWith('embedding')))
        continue;
      const deviations = (cosine - permuted.cosine.mean) / permuted.cosine.deviation;
      expect(deviations, `${a}, ${b}`).toBeGreaterThan(3);
      expect(deviations, `${a}, ${b}`).toBeLessThan(11.5);
    }
  });
});
