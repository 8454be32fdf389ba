import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { toAppError } from '../../../src/core/errors.ts';
import { localRanges } from '../../../src/merge/ranges/local-ranges.ts';
import { defaultCut } from '../../../src/merge/ranges/range-work.ts';
import { memoryFolder } from '../../support/memory-folder.ts';
import { merged, type Models } from '../stream/checkpoints.ts';
import { modelFiles, type Files } from '../stream/model-files.ts';

/* The memory that ranges take follows the limit: shorter ranges, then fewer lanes, then a refusal. */

const SHAPES = {
  'model.layers.0.mlp.up_proj.weight': [1000, 3000],
  'model.norm.weight': [3000],
};
const [base, tuned] = [0, 1].map((seed) =>
  modelFiles(seed, { shapes: SHAPES, dtype: 'BF16', config: { num_hidden_layers: 1 } }),
) as [Files, Files];
/** Memory does not ask whether models are equal, and their millions of values take seconds to draw. */
const MODELS: Models = { base, a: tuned, b: tuned, c: tuned };
const executor = createCpuExecutor();

const recipe = (method: string, parameters: string) =>
  `merge_method: ${method}\nbase_model: base\nmodels: [{ model: a }, { model: b }, { model: c }]\nparameters: { ${parameters} }\n`;

async function peakOf(text: string, megabytes: number): Promise<number> {
  const options = { executor, ranges: localRanges(), budgetBytes: megabytes * 1e6 };
  const { reports } = await merged(text, MODELS, options);
  return (reports[0]?.peakBytes ?? Number.NaN) / 1e6;
}

describe.each([
  ['task_arithmetic', 'weight: 0.5'],
  ['breadcrumbs', 'weight: 0.5, density: 0.5'],
  ['della', 'weight: 0.5, density: 0.5'],
])('%s', (method, parameters) => {
  const text = recipe(method, parameters);

  it('takes no more than it may, and less where it may take less', async () => {
    const limits = [10, 14, 24, 64];
    const peaks = [];
    for (const limit of limits) peaks.push(await peakOf(text, limit));
    expect(peaks.map((peak, k) => peak <= (limits[k] ?? 0))).toEqual(limits.map(() => true));
    expect(peaks).toEqual([...peaks].sort((one, other) => one - other));
    expect(peaks[0]).toBeLessThan(0.7 * (peaks.at(-1) ?? 0));
  });

  it('is refused with the least that does, which does', async () => {
    const output = memoryFolder();
    const options = { executor, ranges: localRanges(), budgetBytes: 1e6 };
    const error = await merged(text, MODELS, options, output).then(
      () => new Error('It went well.'),
      (thrown: unknown) => toAppError(thrown),
    );
    expect(error).toMatchObject({
      code: 'limit-exceeded',
      faults: [{ place: 'tensor "model.layers.0.mlp.up_proj.weight"' }],
    });
    expect(output.files.size).toBe(0);
    const least = Number(/--memory (\d+)/.exec((error as { hint?: string }).hint ?? '')?.[1]);
    expect(least).toBeLessThan(10);
    expect(await peakOf(text, least)).toBeLessThanOrEqual(least);
  });
});

it('few lanes work where many would not fit, all where they do', () => {
  const lanes = (megabytes: number) => defaultCut(16, megabytes * 2 ** 20, 6 * 2 ** 20).lanes;
  expect([6, 12, 24, 100, 191, 192, 4096].map(lanes)).toEqual([1, 1, 2, 8, 15, 16, 16]);
  expect(defaultCut(16)).toMatchObject({ lanes: 16, bytes: 16 * 2 ** 20 });
});
