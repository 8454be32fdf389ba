import { beforeAll, describe, expect, it } from 'vitest';
import { createWasmExecutor } from '../../../src/compute/wasm/create-wasm-executor.ts';
import type { Executor } from '../../../src/compute/executor.ts';
import { localRanges } from '../../../src/merge/ranges/local-ranges.ts';
import type { RecipeRun } from '../../../src/merge/stream/run-recipe.ts';
import { merged, type Models } from '../stream/checkpoints.ts';
import { CUTS, firstDifference, rangeModel } from './range-models.ts';

const MODELS: Models = {
  base: rangeModel(1, 'F32'),
  a: rangeModel(2, 'BF16'),
  b: rangeModel(3, 'F16'),
  c: rangeModel(4, 'BF16'),
  d: rangeModel(5, 'BF16'),
  e: rangeModel(6, 'F16'),
};

const RECIPES = {
  'linear, two of a type': `
merge_method: linear
models:
  - { model: a, parameters: { weight: 0.3 } }
  - { model: c, parameters: { weight: 0.7 } }`,
  'linear, mixed types, six models': `
merge_method: linear
models: [{ model: a }, { model: b }, { model: c }, { model: base }, { model: e }, { model: d }]
parameters: { weight: [0.2, 0.9] }
out_dtype: float16`,
  'task arithmetic, five models': `
merge_method: task_arithmetic
base_model: base
models: [{ model: a }, { model: b }, { model: c }, { model: d }, { model: e }]
parameters: { weight: 0.3 }
out_dtype: bfloat16`,
  'task arithmetic from a base that is a model, too': `
merge_method: task_arithmetic
base_model: c
models: [{ model: a, parameters: { weight: -0.6 } }, { model: c }]
parameters: { weight: 1.5 }
out_dtype: float32`,
  'passthrough with a scale and copies': `
merge_method: passthrough
slices:
  - sources: [{ model: a, layer_range: [0, 1] }]
  - sources: [{ model: a, layer_range: [0, 2], parameters: { scale: 0.37 } }]`,
  'copies, some of them to another type': `
merge_method: linear
models: [{ model: a }, { model: b }]
parameters: { weight: 1 }
tensors: [{ filter: mlp, rule: { model: 1 } }, { filter: norm, rule: { model: 0 } }]
out_dtype: bfloat16`,
} as const;

describe.each([true, false])('linear forms in ranges (fused multiply-add %s)', (mayRelax) => {
  let executor: Executor;
  beforeAll(async () => {
    executor = await createWasmExecutor({ threads: 1, mayRelax });
  });

  it.each(Object.entries(RECIPES))('give the bytes of the CPU executor: %s', async (_, recipe) => {
    const run = (options: Partial<RecipeRun>) => merged(recipe, MODELS, { executor, ...options });
    const expected = await run({});
    expect(expected.output.files.get('model.safetensors')?.length).toBeGreaterThan(400_000);
    const [was] = expected.reports;
    for (const [name, cut] of Object.entries(CUTS)) {
      const found = await run({ ranges: localRanges({ mayRelax }), cut });
      expect(firstDifference(found.output, expected.output), name).toBeNull();
      expect(found.reports).toMatchObject([
        { bytesRead: was?.bytesRead, bytesWritten: was?.bytesWritten, notes: was?.notes },
      ]);
    }
  });

  it('go through no executor', async () => {
    const calls: string[] = [];
    const deaf: Executor = {
      ...executor,
      memory: () => executor.memory(),
      prepare: async (label) => {
        calls.push(label);
        throw new Error(label);
      },
    };
    const ranges = localRanges({ mayRelax });
    const options = { executor: { ...deaf, profile: executor.profile }, ranges };
    await merged(RECIPES['task arithmetic, five models'], MODELS, options);
    expect(calls).toEqual([]);
  });
});
