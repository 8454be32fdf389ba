import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readAnswers } from '../../bench/findings/recency-answers.ts';
import { atWeight, comparedRules, crossFitted } from '../../bench/findings/recency-choice.ts';
import { documentOf, RECENCY_FORMS } from '../../bench/findings/recency-forms.ts';
import { recencyRecord } from '../../bench/findings/recency-record.ts';
import { RandomStream } from '../../src/core/rng.ts';
import { parseExperiment } from '../../src/lab/document/experiment.ts';
import { textOf } from '../support/sources.ts';

const DOCUMENT = textOf('experiments/findings-recency-amazon-compact.yaml');
const random = () => new RandomStream(0, 'test');

describe('forms of the study', () => {
  it('change the chain, the epochs of later stages and the period, and nothing else', () => {
    expect(RECENCY_FORMS.map(({ name }) => name)).toContain('averaged-8-earlier');
    for (const form of RECENCY_FORMS) {
      const text = documentOf(DOCUMENT, form, [4]);
      if (form.chain === 'averaged') expect(parseExperiment(text).ok, form.name).toBe(true);
      const { contexts, training, merges, seeds } = parse(text) as {
        readonly contexts: {
          readonly stages: readonly { readonly name: string }[];
          readonly test: { readonly start: unknown };
        };
        readonly training: {
          readonly average?: unknown;
          readonly stages: Readonly<Record<string, { readonly epochs: number }>>;
        };
        readonly merges: readonly unknown[];
        readonly seeds: readonly number[];
      };
      const isLater = form.period === 'later';
      const stages = ['pretrain', 'phase1', ...(isLater ? ['phase2'] : [])];
      expect(contexts.stages.map(({ name }) => name)).toEqual(stages);
      expect(Object.keys(training.stages)).toEqual(stages);
      expect(String(contexts.test.start)).toBe(isLater ? '2018-07-01' : '2018-04-01');
      expect(training.stages['pretrain']?.epochs).toBe(8);
      for (const stage of stages.slice(1)) expect(training.stages[stage]?.epochs).toBe(form.epochs);
      expect(training.average).toEqual(form.chain === 'averaged' ? { before: 0.5 } : undefined);
      expect(merges).toHaveLength(5);
      expect(seeds).toEqual([4]);
    }
  });
});

describe('a weight chosen by others', () => {
  const halves = [
    [0, 1],
    [2, 3],
  ] as const;

  it('is never that of the half that is measured', () => {
    // Each half is best off with what the other half dislikes.
    const choice = {
      weights: [-1, 0],
      values: [
        [1, 1, 0, 0],
        [0, 0, 1, 1],
      ],
    };
    expect(crossFitted(choice, halves)).toEqual([0, 0, 0, 0]);
    expect(atWeight(0)(choice, halves)).toEqual([0, 0, 1, 1]);
    expect(() => atWeight(0.5)(choice, halves)).toThrow('not tried');
  });

  it('gains what all users gain alike, without error', () => {
    const choice = { weights: [-1, 0], values: [Array(8).fill(5), Array(8).fill(3)] as number[][] };
    const context = { choice, reference: choice };
    const rules = [crossFitted, atWeight(0)] as const;
    const two = { n: 16, standardError: 0, low: 2, high: 2 };
    const found = comparedRules([context, context], rules, 20, random());
    expect(found).toMatchObject(two);
    expect(found.value).toBeCloseTo(2, 12);
  });

  it('has an interval about its value, wider for fewer users', () => {
    const stream = random();
    const widths = [40, 360].map((n) => {
      const gains = Array.from({ length: n }, () => 2 + stream.nextNormal());
      const choice = { weights: [-1, 0], values: [gains, gains.map(() => 0)] };
      const rules = [crossFitted, atWeight(0)] as const;
      const found = comparedRules([{ choice, reference: choice }], rules, 100, random());
      expect(found.value).toBeCloseTo(gains.reduce((sum, gain) => sum + gain, 0) / n, 10);
      expect(found.low).toBeLessThan(found.value);
      expect(found.high).toBeGreaterThan(found.value);
      // Normal, so that the interval is about 4 standard errors wide.
      expect((found.high - found.low) / found.standardError).toBeCloseTo(3.9, 0);
      return found.high - found.low;
    });
    expect(widths[0]).toBeGreaterThan(2 * (widths[1] ?? NaN));
  });
});

const HEADER = 'eval_domain,split,own,model,seed,user,ndcg@10';
const csvOf = (rows: readonly string[]) => [HEADER, ...rows].join('\r\n');
const ROWS = ['A', 'B'].flatMap((domain) =>
  [1, 2].flatMap((seed) =>
    ['u1', 'u2', 'u3', 'u4'].flatMap((user) => [
      `${domain},test,1,${domain}/phase1,${seed},${user},50`,
      `${domain},test,1,${domain}/phase2,${seed},${user},${25 * seed}`,
      `${domain},test,1,velocity -0.5 (${domain}),${seed},${user},100`,
      `${domain},test,0,velocity -0.5 (${domain}),${seed},${user},0`,
      `${domain},validation,1,velocity -0.5 (${domain}),${seed},${user},0`,
    ]),
  ),
);

describe('what users were worth', () => {
  it('is read by weight, in percent, mean over seeds', () => {
    const [first, second] = readAnswers(csvOf(ROWS), ['phase1', 'phase2']);
    expect([first?.domain, second?.domain]).toEqual(['A', 'B']);
    expect(first?.choice.weights).toEqual([-1, -0.5, 0]);
    expect(first?.choice.values.map(([value]) => value)).toEqual([50, 100, 37.5]);
    expect(first?.ofSeeds.map(({ values }) => values[2]?.[0])).toEqual([25, 50]);
  });

  it('has no holes', () => {
    const missing = csvOf(ROWS.slice(0, -3));
    expect(() => readAnswers(missing, ['phase1', 'phase2'])).toThrow('by the same users');
    expect(() => readAnswers('a,b\n1,2', ['phase1', 'phase2'])).toThrow('has no');
  });

  it('becomes gains of each form, of the earlier choice, and of one chain over another', () => {
    const domains = readAnswers(csvOf(ROWS), ['phase1', 'phase2']);
    const answers = RECENCY_FORMS.map((form) => ({ form, domains }));
    const { forms, transfers, pairs } = recencyRecord(answers, 5);
    expect(forms).toHaveLength(6);
    expect(forms[0]?.contexts[0]?.best).toEqual({ weight: -0.5, low: -0.5, high: -0.5 });
    expect(forms[0]?.mean.overOlder).toMatchObject({ value: 50, low: 50, high: 50 });
    expect(forms[0]?.mean.overNewest.value).toBe(62.5);
    expect(forms[0]?.gain).toMatchObject({ value: 62.5, low: 62.5, high: 62.5, n: 8 });
    expect(forms[0]?.contexts[0]?.gainOfSeeds).toEqual([75, 50]);
    expect(transfers.map(({ weights }) => weights)).toEqual(Array(3).fill([-0.5, -0.5]));
    expect(transfers[0]?.gain.value).toBe(62.5);
    const of = (a: string, b: string) => pairs.find((one) => one.a === a && one.b === b)?.gain;
    expect(of('averaged-8 newest', 'plain-8 newest')?.value).toBe(0);
    expect(of('averaged-8 newest', 'plain-8 chosen')?.value).toBe(-62.5);
  });
});
