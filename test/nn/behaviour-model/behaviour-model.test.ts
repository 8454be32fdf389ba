import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { CpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import {
  behaviourTable,
  denseParameters,
  feedForwardOf,
  initialBehaviour,
  ITEM_EMBEDDINGS,
} from '../../../src/nn/behaviour-model/behaviour-layout.ts';
import {
  nextItemModel,
  type NextItemBatch,
} from '../../../src/nn/behaviour-model/next-item-model.ts';
import { tensorOf } from '../../../src/nn/graph/parameter-table.ts';
import { expectClose } from '../../support/ops/check-op.ts';
import { checkModelDifferences, GradientBench } from '../../support/ops/gradient-bench.ts';
import { CONFIG, ROWS, spread } from './behaviour-batches.ts';

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
