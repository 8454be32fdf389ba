import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { localRanges } from '../../../src/merge/ranges/local-ranges.ts';
import type { RecipeRun } from '../../../src/merge/stream/run-recipe.ts';
import { openWasm } from '../../support/machine/wasm.ts';
import { onceEach } from '../../support/once-each.ts';
import { broken, CUTS, firstDifference, rangeModel } from '../ranges/range-models.ts';
import { merged, type Models } from '../stream/checkpoints.ts';

const MODELS: Models = {
  base: rangeModel(1, 'BF16'),
  a: rangeModel(2, 'BF16'),
  b: rangeModel(3, 'F16'),
  c: rangeModel(4, 'F32'),
  d: rangeModel(5, 'BF16'),
  e: rangeModel(6, 'BF16'),
};

const recipe = (method: string, models: string, parameters: string) => `
merge_method: ${method}
base_model: base
models: [${[...models].map((model) => `{ model: ${model} }`).join(', ')}]
parameters: { ${parameters} }
out_dtype: bfloat16`;

const RECIPES = [
  recipe('ties', 'ad', 'weight: 0.5, density: 0.2'),
  recipe('ties', 'abcde', 'density: [0.2, 0.9], weight: 0.7, rescale: true, zero_sign: majority'),
  recipe('dare_linear', 'ad', 'weight: 0.5, density: 0.5, seed: 3'),
  recipe('dare_ties', 'abc', 'weight: 0.5, density: 0.3, rescale_by: probability'),
  recipe('della', 'ad', 'weight: 0.5, density: 0.5, epsilon: 0.1'),
  recipe('breadcrumbs', 'abc', 'weight: 0.5, density: 0.4, gamma: 0.05'),
  recipe('breadcrumbs_ties', 'ad', 'weight: 0.5, density: 0.9, rescale: true'),
  recipe('sce', 'abc', 'select_topk: 0.2'),
  recipe('ramplus_tl', 'abc', 'epsilon: 0.001'),
  recipe('arcee_fusion', 'a', ''),
  // All tensors at once.
  recipe('pcb_vision', 'abc', 'pcb_ratio: 0.3, lambda: 0.8'),
  recipe('pcb_readme', 'ad', 'pcb_ratio: 0.1'),
  recipe('ties_global', 'abc', 'threshold: 20, merge_func: max'),
  recipe('ties', 'ad', 'weight: 0.5, density: 0.3, scope: global, rescale: true'),
  recipe('ties', 'abcde', 'weight: 0.3, density: 0.3, scope: global, zero_sign: majority'),
  recipe('mmgrid_ties', 'ad', 'param_value_mask_rate: 0.7'),
  recipe('emr', 'abc', 'task: 1'),
  recipe('lines', 'abc', 'alpha: 0.2, beta: 0.7'),
  recipe('trust_region_task_arithmetic', 'abc', 'threshold_quantile: 0.9'),
  recipe('mmgrid_mask_magnitude', 'ad', 'weight_mask_rates: 0.3'),
  recipe('mmgrid_mask_random', 'ad', 'weight_mask_rates: 0.5, seed: 5'),
];

let executor: Executor;

beforeAll(async () => {
  executor = await openWasm();
});

afterAll(() => {
  executor.destroy();
});

describe('files merged by methods with thresholds, in ranges', () => {
  const ofExecutor = onceEach((text) => merged(text, MODELS, { executor }));

  describe.each(RECIPES)('%s', (text) => {
    it.each(Object.entries(CUTS))('give the bytes of the executor, ranges %s', async (_, cut) => {
      const expected = await ofExecutor(text);
      const ranges = localRanges();
      const found = await merged(text, MODELS, { executor: broken(executor), ranges, cut });
      expect(firstDifference(found.output, expected.output)).toBeNull();
    });
  });

  it('keep nothing of the tensors of another file', async () => {
    const text = recipe('ties', 'ad', 'weight: 0.5, density: 0.2');
    const run = (options: Partial<RecipeRun>) =>
      merged(text, MODELS, { executor, maxShardBytes: 100, ...options });
    const [expected, found] = [await run({}), await run({ ranges: localRanges() })];
    expect(found.output.files.size).toBeGreaterThan(6);
    for (const [name, bytes] of expected.output.files) {
      expect(Buffer.compare(found.output.files.get(name) ?? new Uint8Array(), bytes), name).toBe(0);
    }
  });

  it('tell of a setting that cannot be before anything is written', async () => {
    const text = recipe('della', 'ad', 'weight: 0.5, density: 0.1, epsilon: 0.5');
    await expect(merged(text, MODELS, { executor, ranges: localRanges() })).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining('epsilon 0.5') as string,
    });
  });
});
