import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { localRanges } from '../../../src/merge/ranges/local-ranges.ts';
import { merged, resultTensor, type Models } from '../stream/checkpoints.ts';
import { broken, CUTS, firstDifference, RANGE_SHAPES, rangeModel } from './range-models.ts';

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

const COLUMNS = {
  'of models':
    'merge_method: nuslerp\nmodels: [{ model: a }, { model: b, parameters: { weight: 0.9 } }]\nparameters: { weight: 0.4, nuslerp_flatten: false, nuslerp_row_wise: true }\n',
  'of task vectors':
    'merge_method: nuslerp\nbase_model: base\nmodels: [{ model: a }, { model: b, parameters: { weight: 0.9 } }]\nparameters: { weight: 0.4, nuslerp_flatten: false, nuslerp_row_wise: true }\n',
};

describe.each(Object.entries(COLUMNS))('arcs of columns in ranges, %s', (kind, recipe) => {
  it('are those of float64, with the same bytes however it is cut', async () => {
    const text = `${recipe}out_dtype: float32\n`;
    const results = [];
    for (const cut of Object.values(CUTS)) {
      const options = { executor: broken(executor), ranges: localRanges(), cut };
      results.push((await merged(text, MODELS, options)).output);
    }
    const [first, ...others] = results;
    if (first === undefined) throw new Error('There is no result.');
    expect(others.map((other) => firstDifference(first, other))).toEqual(others.map(() => null));
    for (const [name, [rows = 1, width = 1]] of Object.entries(RANGE_SHAPES)) {
      const found = resultTensor(first, name);
      const [base, a, b] = ['base', 'a', 'b'].map((model) =>
        resultTensor({ files: MODELS[model] ?? new Map() }, name),
      );
      const origin = (i: number): number => (kind === 'of models' ? 0 : (base?.[i] ?? 0));
      for (let column = 0; column < width; column++) {
        const places = Array.from({ length: rows }, (_, row) => row * width + column);
        const [x, y] = [a, b].map((one) => places.map((i) => (one?.[i] ?? 0) - origin(i)));
        const { values, room } = arc(x ?? [], y ?? [], 0.9 / 1.3);
        places.forEach((i, row) => {
          const error = Math.abs((found[i] ?? Number.NaN) - origin(i) - (values[row] ?? 0));
          const most = room + 2e-7 * Math.abs(origin(i));
          if (!(error <= most)) expect(error, `${name}[${i}]`).toBeLessThanOrEqual(most);
        });
      }
    }
  });
});

/** The method's formula, and its tolerance. */
function arc(x: readonly number[], y: readonly number[], t: number) {
  const dot = (p: readonly number[], q: readonly number[]) =>
    p.reduce((sum, value, i) => sum + value * (q[i] ?? 0), 0);
  const lengths = Math.sqrt(dot(x, x)) * Math.sqrt(dot(y, y));
  const angle = Math.acos(Math.max(-1, Math.min(1, dot(x, y) / lengths)));
  const isStraight = 1 + Math.cos(angle) < 1e-6 || Math.sin(angle) < 1e-8;
  const weights = isStraight
    ? [1 - t, t]
    : [Math.sin((1 - t) * angle) / Math.sin(angle), Math.sin(t * angle) / Math.sin(angle)];
  const [p = 0, q = 0] = weights;
  const largest = Math.max(...x.map(Math.abs), ...y.map(Math.abs));
  const room = (2e-6 * largest) / (isStraight ? 1 : Math.sin(angle));
  return { values: x.map((value, i) => p * value + q * (y[i] ?? 0)), room };
}
