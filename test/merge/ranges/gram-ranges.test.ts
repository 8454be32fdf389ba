import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { localRanges } from '../../../src/merge/ranges/local-ranges.ts';
import { merged, resultTensor, type Models } from '../stream/checkpoints.ts';
import { CUTS, firstDifference, RANGE_SHAPES, rangeModel } from './range-models.ts';

const executor = createCpuExecutor();
const MODELS: Models = {
  base: rangeModel(1, 'F32'),
  a: rangeModel(2, 'BF16'),
  b: rangeModel(3, 'F16'),
  c: rangeModel(4, 'BF16'),
  d: rangeModel(5, 'BF16'),
  e: rangeModel(6, 'F16'),
};

const two = 'base_model: a\nmodels: [{ model: a }, { model: b }]\n';
const all =
  'base_model: base\nmodels: [{ model: a }, { model: b }, { model: c }, { model: d }, { model: e }]\n';
const RECIPES = {
  slerp: `merge_method: slerp\n${two}parameters: { t: [0.3, 0.9] }\n`,
  'slerp beyond its ends': `merge_method: slerp\n${two}parameters: { t: 1.4 }\n`,
  nuslerp:
    'merge_method: nuslerp\nmodels: [{ model: a, parameters: { weight: 0.3 } }, { model: b, parameters: { weight: 0.9 } }]\n',
  'nuslerp by row':
    'merge_method: nuslerp\nbase_model: base\nmodels: [{ model: a }, { model: b }]\nparameters: { weight: 0.4, nuslerp_flatten: false }\n',
  multislerp: `merge_method: multislerp\n${all}parameters: { weight: 0.2 }\n`,
  karcher: 'merge_method: karcher\nmodels: [{ model: a }, { model: b }, { model: c }]\n',
  'model stock': `merge_method: model_stock\n${all}`,
  'model stock by row': `merge_method: model_stock\n${all}parameters: { filter_wise: true }\n`,
} as const;

describe.each(Object.entries(RECIPES))('%s in ranges', (_, recipe) => {
  it('agrees with the executor, with the same bytes however it is cut', async () => {
    const text = `${recipe}out_dtype: float32\n`;
    const expected = await merged(text, MODELS, { executor });
    const results = [];
    for (const cut of Object.values(CUTS)) {
      const closed = { ...executor, prepare: () => Promise.reject(new Error('prepared')) };
      const parts = { memory: () => executor.memory(), profile: executor.profile };
      const options = { executor: { ...closed, ...parts }, ranges: localRanges(), cut };
      results.push((await merged(text, MODELS, options)).output);
    }
    const [first, ...others] = results;
    if (first === undefined) throw new Error('There is no result.');
    expect(others.map((other) => firstDifference(first, other))).toEqual(others.map(() => null));
    for (const name of Object.keys(RANGE_SHAPES)) {
      const [y, x] = [resultTensor(first, name), resultTensor(expected.output, name)];
      let worst = 0;
      y.forEach((value, i) => {
        const was = x[i] ?? Number.NaN;
        // A NaN is never the smaller one.
        const error = Math.abs(value - was) / (1 + Math.abs(was));
        if (!(error <= worst)) worst = error;
      });
      expect(worst, name).toBeLessThan(4e-6);
    }
  });
});

it('goes tensor by tensor through the executor where columns are compared', async () => {
  const recipe =
    'merge_method: nuslerp\nmodels: [{ model: a }, { model: b }]\nparameters: { weight: 1, nuslerp_flatten: false, nuslerp_row_wise: true }\n';
  const [found, expected] = [
    await merged(recipe, MODELS, { executor, ranges: localRanges() }),
    await merged(recipe, MODELS, { executor }),
  ];
  expect(firstDifference(found.output, expected.output)).toBeNull();
});
