import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { CpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { RandomStream } from '../../../src/core/rng.ts';
import {
  behaviourTable,
  denseParameters,
  feedForwardOf,
  initialBehaviour,
  ITEM_EMBEDDINGS,
  sparseTensors,
  type BehaviourConfig,
} from '../../../src/nn/behaviour-model/behaviour-layout.ts';
import { CLICK_NUMERIC } from '../../../src/nn/behaviour-model/click-head-layout.ts';
import { clickModel, type ClickBatch } from '../../../src/nn/behaviour-model/click-model.ts';
import {
  nextItemModel,
  type NextItemBatch,
} from '../../../src/nn/behaviour-model/next-item-model.ts';
import { tensorOf } from '../../../src/nn/graph/parameter-table.ts';
import { Trainer } from '../../../src/nn/training/trainer.ts';
import { expectClose } from '../../support/ops/check-op.ts';
import { checkModelDifferences, GradientBench } from '../../support/ops/gradient-bench.ts';

const CONFIG: BehaviourConfig = {
  items: 20,
  features: [
    { name: 'category', values: 5 },
    { name: 'brand', values: 3 },
  ],
  numeric: 2,
  width: 16,
  layers: 2,
  heads: 2,
  maxPositions: 12,
};

/** Three sequences of 4, 3 and 2 positions in rows of 4. */
const ROWS = {
  B: 3,
  T: 4,
  items: Uint32Array.of(3, 7, 3, 19, 1, 2, 4, 0, 9, 9, 0, 0),
  features: {
    category: Uint32Array.of(1, 2, 1, 4, 3, 3, 0, 0, 2, 2, 0, 0),
    brand: Uint32Array.of(1, 1, 1, 2, 2, 0, 1, 0, 2, 2, 0, 0),
  },
  segments: Uint32Array.of(0, 4, 4, 7, 8, 10),
};
const NEXT: NextItemBatch = {
  ...ROWS,
  samples: 6,
  targets: Int32Array.of(7, 3, 19, 5, 2, 4, -100, -100, 9, -100, -100, -100),
  targetFeatures: {
    category: Int32Array.of(2, 1, 4, 3, 3, 0, -100, -100, 2, -100, -100, -100),
    brand: Int32Array.of(1, 1, 2, 0, 0, 1, -100, -100, 2, -100, -100, -100),
  },
  // Repeats, and items that are some row's target.
  negatives: Uint32Array.of(1, 7, 11, 11, 3, 2, 5, 6, 4, 0, 13, 2, 9, 8, 17, 17, 1, 1),
};
const CLICKS: ClickBatch = {
  ...ROWS,
  candidates: Uint32Array.of(3, 6, 9),
  labels: Int32Array.of(1, 0, 1),
  numeric: Float32Array.of(0.5, -1, 2, 0.25, 0, 1),
};

/** With features of the moment at the head. */
const TIMED: BehaviourConfig = {
  ...CONFIG,
  moments: [
    { name: 'hour', values: 5 },
    { name: 'weekday', values: 3 },
  ],
};
const TIMED_CLICKS: ClickBatch = {
  ...CLICKS,
  moments: { hour: Uint32Array.of(4, 0, 4), weekday: Uint32Array.of(1, 2, 0) },
};

/** Weights of larger spread than at the start, so that nothing is almost 0. */
function spread(hasClickHead: boolean, config = CONFIG): Float32Array<ArrayBuffer> {
  const arena = initialBehaviour(config, hasClickHead, 3);
  const random = new RandomStream(7, 'spread');
  for (const { offset, size } of behaviourTable(config, hasClickHead).layout.entries) {
    for (let i = offset; i < offset + size; i++) {
      arena[i] = (arena[i] ?? 0) + 0.15 * random.nextNormal();
    }
  }
  return arena;
}

describe('next-item pretraining', () => {
  it('has the gradient that central differences give', () =>
    checkModelDifferences(nextItemModel(CONFIG), spread(false), NEXT));

  it('with every item as a competitor has it too', () =>
    checkModelDifferences(nextItemModel(CONFIG), spread(false), {
      ...NEXT,
      samples: 0,
      negatives: new Uint32Array(),
    }));

  it('is the sum of cosine cross-entropies by definition', async () => {
    const full = { ...NEXT, samples: 0, negatives: new Uint32Array() };
    const model = nextItemModel({ ...CONFIG, layers: 1 });
    const arena = initialBehaviour({ ...CONFIG, layers: 1 }, false, 1);
    // Blocks that add nothing: the states are the normalised sums of the embeddings.
    for (const { name, offset, size } of model.layout.entries) {
      if (/o_proj|down_proj/.test(name)) arena.fill(0, offset, offset + size);
    }
    const bench = new GradientBench(new CpuExecutor('f64'), model);
    const { loss } = await bench.run(arena, full);
    const row = (name: string, id: number) =>
      Array.from(tensorOf(model.layout, arena, name).subarray(16 * id, 16 * id + 16));
    const unit = (x: readonly number[]) => {
      const length = Math.hypot(...x);
      return x.map((value) => value / length);
    };
    const dot = (a: readonly number[], b: readonly number[]) =>
      a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
    const tables = [
      [ITEM_EMBEDDINGS, 20, full.targets],
      ['feature_embeddings.category.weight', 5, full.targetFeatures['category']],
      ['feature_embeddings.brand.weight', 3, full.targetFeatures['brand']],
    ] as const;
    let expected = 0;
    full.targets.forEach((target, n) => {
      if (target < 0) return;
      const parts = [
        row(ITEM_EMBEDDINGS, full.items[n] ?? 0),
        row('feature_embeddings.category.weight', full.features['category']?.[n] ?? 0),
        row('feature_embeddings.brand.weight', full.features['brand']?.[n] ?? 0),
        row('segment_embeddings.weight', 0),
      ];
      const state = unit(parts[0]?.map((_, c) => parts.reduce((s, p) => s + (p[c] ?? 0), 0)) ?? []);
      for (const [name, count, targets] of tables) {
        const logits = Array.from(
          { length: count },
          (_, id) => dot(state, unit(row(name, id))) / 0.05,
        );
        const total = logits.reduce((sum, z) => sum + Math.exp(z), 0);
        expected += Math.log(total) - (logits[targets?.[n] ?? 0] ?? NaN);
      }
    });
    expect(loss).toBeCloseTo(expected / full.targets.filter((t) => t >= 0).length, 6);
    bench.destroy();
  });

  it('gives the same in float32', async () => {
    const arena = spread(false);
    const oracle = new GradientBench(new CpuExecutor('f64'), nextItemModel(CONFIG));
    const bench = new GradientBench(createCpuExecutor(), nextItemModel(CONFIG));
    const want = await oracle.run(arena, NEXT);
    const got = await bench.run(arena, NEXT);
    expectClose([got.loss], [want.loss], { absolute: 0, relative: 2e-5 }, 'loss');
    expectClose(got.gradient, want.gradient, { absolute: 5e-5, relative: 1e-3 }, 'gradients');
    oracle.destroy();
    bench.destroy();
  });

  it.each([
    [{ negatives: NEXT.negatives.map(() => 20) }, /negative is beyond/],
    [{ targets: NEXT.targets.map(() => 20) }, /Target 20 is beyond/],
    [{ items: NEXT.items.map(() => 20) }, /"items" 20 is beyond its table of 20/],
    [{ targetFeatures: {} }, /Target 0 of "category" is -100/],
    [{ features: { category: new Uint32Array(12) } }, /"brand" has 0 of 12/],
  ])('refuses %j', (changes, message) => {
    expect(() => nextItemModel(CONFIG).countScored({ ...NEXT, ...changes })).toThrow(message);
  });
});

describe('click model', () => {
  it('has the gradient that central differences give', () =>
    checkModelDifferences(clickModel(CONFIG), spread(true), CLICKS));

  it('with features of the moment has it too', () =>
    checkModelDifferences(clickModel(TIMED), spread(true, TIMED), TIMED_CLICKS));

  it('takes features of the moment as one-hot inputs of its hidden layer', async () => {
    // The same model with numbers: one for each value of each feature.
    const oneHot: BehaviourConfig = { ...CONFIG, numeric: 2 + 5 + 3 };
    const arena = spread(true, TIMED);
    const { layout } = clickModel(TIMED);
    const other = clickModel(oneHot).layout;
    const same = new Float32Array(other.length);
    for (const { name, offset, size } of other.entries) {
      if (name === CLICK_NUMERIC) continue;
      const own = tensorOf(layout, arena, name);
      same.set(own, offset);
      expect(own.length, name).toBe(size);
    }
    const numeric = tensorOf(other, same, CLICK_NUMERIC);
    const values = (name: string) => tensorOf(layout, arena, name);
    for (let h = 0; h < 64; h++) {
      for (let i = 0; i < 3; i++) numeric[h * 12 + i] = values(CLICK_NUMERIC)[h * 4 + i] ?? NaN;
      for (let i = 0; i < 5; i++) {
        numeric[h * 12 + 3 + i] = values('click_head.hour.weight')[i * 64 + h] ?? NaN;
      }
      for (let i = 0; i < 3; i++) {
        numeric[h * 12 + 8 + i] = values('click_head.weekday.weight')[i * 64 + h] ?? NaN;
      }
    }
    const { hour = [], weekday = [] } = TIMED_CLICKS.moments ?? {};
    const numbers = new Float32Array(3 * 10);
    for (let b = 0; b < 3; b++) {
      numbers.set(CLICKS.numeric?.subarray(2 * b, 2 * b + 2) ?? [], 10 * b);
      numbers[10 * b + 2 + (hour[b] ?? NaN)] = 1;
      numbers[10 * b + 7 + (weekday[b] ?? NaN)] = 1;
    }
    const timed = new GradientBench(new CpuExecutor('f64'), clickModel(TIMED));
    const plain = new GradientBench(new CpuExecutor('f64'), clickModel(oneHot));
    const { loss } = await timed.run(arena, TIMED_CLICKS);
    const want = await plain.run(same, { ...CLICKS, numeric: numbers });
    expect(loss).toBeCloseTo(want.loss, 12);
    timed.destroy();
    plain.destroy();
  });

  describe('with bidirectional attention', () => {
    const bidirectional: BehaviourConfig = { ...CONFIG, attention: 'bidirectional' };

    it('has the gradient that central differences give', () =>
      checkModelDifferences(clickModel(bidirectional), spread(true), CLICKS));

    it('has the parameters of the causal model, so that it can start from them', () => {
      expect(behaviourTable(bidirectional, true)).toEqual(behaviourTable(CONFIG, true));
    });

    it.each([
      ['causal', CONFIG],
      ['bidirectional', bidirectional],
    ] as const)('a %s model sees what it should', async (kind, config) => {
      const arena = spread(true, config);
      const bench = new GradientBench(new CpuExecutor('f64'), clickModel(config));
      // The first candidate is followed by two more positions of its sequence.
      const batch = { ...CLICKS, candidates: Uint32Array.of(1, 6, 9) };
      const lossWith = async (row: number) => {
        const items = batch.items.map((item, i) => (i === row ? 11 : item));
        return (await bench.run(arena, { ...batch, items })).loss;
      };
      const { loss } = await bench.run(arena, batch);
      expect(await lossWith(0), 'what was before').not.toBe(loss);
      expect((await lossWith(3)) === loss, 'what comes later').toBe(kind === 'causal');
      for (const padding of [7, 10, 11]) expect(await lossWith(padding)).toBe(loss);
      bench.destroy();
    });

    it('refuses pretraining, and says why', () => {
      expect(() => nextItemModel(bidirectional)).toThrow(/bidirectional.*see its own target/);
      expect(() => nextItemModel({ ...CONFIG, attention: 'causal' })).not.toThrow();
    });
  });

  it.each([
    [{ moments: {} }, /"hour" has 0 of 3/],
    [{ moments: { ...TIMED_CLICKS.moments, hour: Uint32Array.of(0, 5, 1) } }, /"hour" 5 is beyond/],
  ])('with moments refuses %j', (changes, message) => {
    const batch = { ...TIMED_CLICKS, ...changes };
    expect(() => clickModel(TIMED).countScored(batch)).toThrow(message);
  });

  it.each([
    [{ labels: Int32Array.of(1, 0, 2) }, /Label 2 is 2, neither 0 nor 1/],
    [{ candidates: Uint32Array.of(3, 6, 3) }, /Candidate 2 is outside/],
    [{ numeric: new Float32Array(5) }, /candidate, label and numbers a row/],
  ])('refuses %j', (changes, message) => {
    expect(() => clickModel(CONFIG).countScored({ ...CLICKS, ...changes })).toThrow(message);
  });

  it.each(['items', 'tables'] as const)(
    'keeps frozen %s bit for bit while the rest learns',
    async (definition) => {
      const model = clickModel(CONFIG);
      const start = spread(true);
      const sparse = sparseTensors(CONFIG, definition);
      const adamw = { beta1: 0.9, beta2: 0.98, eps: 1e-8, weightDecay: 0.1, clipNorm: 1 };
      const rules = sparse.map((pattern) => ({ pattern, frozen: true }));
      const trainer = new Trainer(createCpuExecutor(), model, start, adamw, { rules });
      await trainer.prepare(CLICKS, 1);
      for (let i = 0; i < 20; i++) await trainer.step([CLICKS], 0.01);
      const stats = await trainer.flush();
      const { parameters } = await trainer.state();
      trainer.destroy();
      for (const { name, offset, size } of model.layout.entries) {
        const before = start.subarray(offset, offset + size);
        const after = parameters.subarray(offset, offset + size);
        if (sparse.includes(name)) expect(after, name).toEqual(before);
        else expect(after, name).not.toEqual(before);
      }
      expect(stats.at(-1)?.loss).toBeLessThan(0.3 * (stats[0]?.loss ?? NaN));
    },
  );
});

describe('sizes of behaviour models', () => {
  // The smallest and two more of GPSD's ladder, with the sizes that its figure gives.
  it.each([
    [32, 1, 13_000],
    [32, 4, 50_000],
    [128, 4, 800_000],
  ])('width %i with %i layers has about %i dense parameters', (width, layers, about) => {
    const dense = denseParameters({ ...CONFIG, width, layers, heads: 4 });
    expect(Math.abs(dense / about - 1)).toBeLessThan(0.12);
    expect(feedForwardOf(width) % 32).toBe(0);
  });

  it.each([
    [{ heads: 3 }, /width 16 must be a multiple of heads 3/],
    [{ items: 1 }, /at least one item/],
    [{ features: [{ name: 'Category!', values: 2 }] }, /no name of a feature/],
    [{ moments: [{ name: 'output', values: 2 }] }, /"output" names a part of the head/],
    [{ moments: [{ name: 'hour', values: 0 }] }, /feature "hour" has no values/],
  ])('refuses %j', (changes, message) => {
    expect(() => behaviourTable({ ...CONFIG, ...changes }, true)).toThrow(message);
  });
});
