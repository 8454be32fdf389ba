import { describe, expect, it } from 'vitest';
import { measureCase } from '../../bench/measure.ts';
import { ownEngine } from '../../bench/own-engine.ts';
import { ProductInputs } from '../../bench/product-inputs.ts';
import { SIZES, type BenchSuite } from '../../bench/suite.ts';
import { suite as attention } from '../../bench/suites/attention.ts';
import { suite as crossEntropy } from '../../bench/suites/cross-entropy.ts';
import { suite as embeddingEvaluation } from '../../bench/suites/embedding-evaluation.ts';
import { suite as embeddingStep } from '../../bench/suites/embedding-step.ts';
import { suite as liveMerge } from '../../bench/suites/live-merge.ts';
import { suite as matmul } from '../../bench/suites/matmul.ts';
import { suite as merge } from '../../bench/suites/merge.ts';
import { suite as serving } from '../../bench/suites/serving.ts';
import { sampledTokens, suite as titleEvaluation } from '../../bench/suites/title-evaluation.ts';
import { suite as trainStep } from '../../bench/suites/train-step.ts';
import { catalogueTokens, tokensOf, wordsOf } from '../../bench/text-catalogue.ts';
import { trainStepFlops } from '../../bench/workload.ts';
import { openWasm } from '../support/machine/wasm.ts';

/** Least and most work of one unit, in the case's unit. */
const EXPECTED: Readonly<Record<string, readonly [number, number]>> = {
  'rank by titles': [8, 8],
  // 8 users with 5 titles of at most 16 tokens; untrained weights seldom stop early.
  'sample titles': [500, 640],
  'encode items': [440, 440],
  'rank by embedding': [256, 256],
  // At most 4 · 10 + 24 items of 5 to 13 tokens.
  'embedding training step': [300, 832],
};

describe('suites', () => {
  const suites: readonly BenchSuite[] = [
    attention,
    crossEntropy,
    liveMerge,
    matmul,
    merge,
    serving,
    trainStep,
  ];

  it.each(suites)('$name: the smallest case runs and frees what it took', async (suite) => {
    const [one] = suite.cases;
    if (one === undefined) throw new Error('no case');
    const executor = await openWasm();
    const engine = ownEngine('cpu-ts', executor);
    const options = { rounds: 1, now: () => performance.now(), onNote: () => undefined };
    const [result] = await measureCase(suite, one, [engine], options);
    expect(result).toMatchObject({ status: 'ok', reason: '' });
    expect(result?.timing?.median).toBeGreaterThan(0);
    expect(executor.memory().liveBuffers).toBe(0);
  });

  it.each(suites)('$name: cases have names of their own', ({ cases }) => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  });

  const paradigms = [embeddingEvaluation, embeddingStep, titleEvaluation];

  it.each(paradigms)('$name: cases have names of their own in every size', ({ cases }) => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
    expect(new Set(cases.map(({ size }) => size))).toEqual(new Set(SIZES));
  });

  const evaluations = paradigms.flatMap(({ cases }) => cases.filter(({ size }) => size === 'nano'));

  it.each(evaluations)('$name: counts its work and frees what it took', async (one) => {
    const executor = await openWasm();
    const prepared = await one.prepare(executor);
    const amount = await prepared.round(1);
    prepared.dispose();
    expect(executor.memory().liveBuffers).toBe(0);
    const [least, most] = EXPECTED[one.name.split(' d ')[0] ?? ''] ?? [];
    expect(amount).toBeGreaterThanOrEqual(least ?? Infinity);
    expect(amount).toBeLessThanOrEqual(most ?? -Infinity);
    expect(one.flops).toBeGreaterThan(1e7);
  });

  it('count sampled tokens up to the first stop token', () => {
    const tokens = Uint32Array.of(7, 7, 7, 5, 5, 5, 7, 5, 5);
    expect(sampledTokens(tokens, 3, 5)).toBe(3 + 1 + 2);
  });

  it('write titles as words that give their tokens back', () => {
    const titles = catalogueTokens();
    expect(titles.map((title) => tokensOf(wordsOf(title)))).toEqual(titles);
    expect(tokensOf(wordsOf([]))).toEqual([]);
  });

  it('train on the shapes of the published peer figures', () => {
    const names = trainStep.cases.map(({ name }) => name);
    expect(names[0]).toBe('training step d 64, 2 layers, 0.24 M, V 1024, T 64, B 16');
    expect(names[1]).toBe('training step d 128, 2 layers, 0.66 M, V 1024, T 64, B 16');
    const gigaflops = trainStep.cases.slice(0, 2).map(({ workload }) => {
      return workload?.kind === 'train-step' ? trainStepFlops(workload) / 1e9 : 0;
    });
    expect(gigaflops.map((value) => value.toFixed(2))).toEqual(['1.16', '3.47']);
  });
});

describe('ProductInputs', () => {
  const sizes = { kind: 'matmul', M: 5, N: 3, K: 7 } as const;

  /** The product in the layout's own storage. */
  function product({ a, b }: ProductInputs, layout: 'nn' | 'nt' | 'tn'): Float32Array {
    const { M, N, K } = sizes;
    return Float32Array.from({ length: M * N }, (_, index) => {
      const [row, column] = [Math.floor(index / N), index % N];
      let sum = 0;
      for (let k = 0; k < K; k++) {
        const left = a[layout === 'tn' ? k * M + row : row * K + k] ?? NaN;
        sum += left * (b[layout === 'nt' ? column * K + k : k * N + column] ?? NaN);
      }
      return sum;
    });
  }

  it.each(['nn', 'nt', 'tn'] as const)('accept the product in %s and nothing else', (layout) => {
    const inputs = new ProductInputs(sizes, layout);
    const out = product(inputs, layout);
    inputs.check(out);
    for (const wrong of [Number.NaN, 1e3]) {
      const spoilt = out.map((value, index) => (index === out.length - 1 ? wrong : value));
      expect(() => {
        inputs.check(spoilt);
      }).toThrowError('wrong product');
    }
  });

  it('differ from round to round', () => {
    const inputs = new ProductInputs(sizes, 'nn');
    const before = inputs.a.slice();
    inputs.refresh(1);
    expect(inputs.a).not.toEqual(before);
  });
});
