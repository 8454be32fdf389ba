import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { toAppError } from '../../../src/core/errors.ts';
import { RandomStream } from '../../../src/core/rng.ts';
import { localRanges } from '../../../src/merge/ranges/local-ranges.ts';
import { MERGE_METHODS } from '../../../src/merge/registry/registry.ts';
import type { MergeMethod } from '../../../src/merge/method.ts';
import type { ParameterDef } from '../../../src/merge/parameters.ts';
import type { RecipeRun } from '../../../src/merge/stream/run-recipe.ts';
import { openWasm } from '../../support/machine/wasm.ts';
import { merged, type Models } from '../stream/checkpoints.ts';
import { modelFiles, type Files } from '../stream/model-files.ts';
import { CUTS, firstDifference } from './range-models.ts';

/*
 * Random recipes over random little models, in ranges and through the executor: the same bytes, or
 * a refusal. Methods whose products are of another precision have their own tests.
 */

const SHAPES = [[1], [3], [63], [65], [5, 7], [3, 5, 7], [0, 8], [4097], [3, 4099], [65537]];
const TYPES = ['F32', 'F16', 'BF16'] as const;
const NAMES = ['layers.0.mlp.up_proj', 'layers.1.mlp.up_proj', 'layers.1.self_attn.q_proj', 'norm'];
const METHODS = MERGE_METHODS.filter(
  ({ needs, family, ranges, rangesOfModel, linear }) =>
    needs === undefined &&
    !['spherical', 'spectral', 'data'].includes(family) &&
    (linear ?? ranges ?? rangesOfModel) !== undefined,
);

let executor: Executor;
beforeAll(async () => {
  executor = await openWasm();
});
afterAll(() => {
  executor.destroy();
});

class Draw {
  private readonly stream: RandomStream;

  constructor(seed: number) {
    this.stream = new RandomStream(seed, 'fuzz');
  }

  of<T>(list: readonly T[]): T {
    return list[Math.floor(this.stream.nextUniform() * list.length)] as T;
  }

  /** Magnitudes that many elements share, signed zeros, what F16 and F32 only just hold. */
  change(values: Float32Array): void {
    const kind = this.of(['normal', 'levels', 'sign', 'zero', 'subnormal', 'large']);
    for (let i = 0; i < values.length; i++) {
      const value = values[i] ?? 0;
      if (kind === 'levels') values[i] = Math.round(value * 2) / 4;
      if (kind === 'sign') values[i] = Math.sign(value) / 8;
      if (kind === 'zero') values[i] = i % 2 === 0 ? -0 : 0;
      if (kind === 'subnormal') values[i] = value * 1e-7;
      if (kind === 'large') values[i] = value * 1e4;
    }
    if (this.of(Array.from({ length: 40 }, (_, k) => k)) === 0) values[0] = Number.NaN;
  }

  value(definition: ParameterDef): unknown {
    if (definition.kind === 'boolean') return this.of([true, false]);
    if (definition.kind === 'choice') return this.of(definition.choices);
    const [low, high] = definition.range;
    const drawn = this.of([definition.default, 0, 1, 0.5, -0.5, 1e-6, 0.3, 0.97, low, 20]);
    const bounded = Math.max(low, Math.min(high, drawn));
    return definition.isInteger === true ? Math.round(bounded) : bounded;
  }
}

function drawModels(draw: Draw, seed: number, names: readonly string[]): Models {
  const shapes = Object.fromEntries(NAMES.map((name) => [`model.${name}.weight`, draw.of(SHAPES)]));
  const models = names.map((name, index): [string, Files] => {
    const change = (_: string, values: Float32Array): void => {
      draw.change(values);
    };
    const config = { num_hidden_layers: 2 };
    const dtype = draw.of(TYPES);
    return [name, modelFiles(seed * 10 + index, { shapes, dtype, config, change })];
  });
  return Object.fromEntries(models);
}

function drawRecipe(draw: Draw, method: MergeMethod, names: readonly string[]): string {
  const parameters = Object.fromEntries(
    method.parameters.map((definition) => [definition.name, draw.value(definition)]),
  );
  const own = method.parameters.filter((one) => one.kind === 'number' && one.perModel);
  const models = names.map((model) => ({
    model,
    parameters: Object.fromEntries(own.map((one) => [one.name, draw.value(one)])),
  }));
  return JSON.stringify({
    merge_method: method.id,
    ...(method.needsBase && { base_model: 'base' }),
    ...{ models, parameters },
    ...draw.of([{}, { out_dtype: 'float16' }, { out_dtype: 'bfloat16' }, { dtype: 'float32' }]),
  });
}

it.each(METHODS.map((method, index) => [method.id, method, 100 + index] as const))(
  'random merges are the same in ranges: %s',
  async (_, method, seed) => {
    const draw = new Draw(seed);
    const { min, max } = method.models;
    const count = Math.max(min, Math.min(max, draw.of([1, 2, 3, 5])));
    const names = [...'abcde'].slice(0, count);
    const models = drawModels(draw, seed, [...names, 'base']);
    const recipe = drawRecipe(draw, method, names);
    const cut = draw.of(Object.values(CUTS));
    const place = `seed ${seed}: ${recipe}`;
    const run = async (options: Partial<RecipeRun>) =>
      merged(recipe, models, { executor, ...options }).catch((error: unknown) => {
        const { code } = toAppError(error);
        expect(code, place).not.toBe('internal');
        return null;
      });
    const [expected, found] = [await run({}), await run({ ranges: localRanges(), cut })];
    // Of several reasons not to merge each may find another one first.
    expect(found === null, place).toBe(expected === null);
    if (found === null || expected === null) return;
    expect(firstDifference(found.output, expected.output), place).toBeNull();
    expect(found.reports[0]?.notes, place).toEqual(expected.reports[0]?.notes);
  },
);
