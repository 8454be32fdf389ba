import { describe, expect, it } from 'vitest';
import { evaluateSetting } from '../../../src/merge/recipe/evaluate-setting.ts';
import { lookUpParameter } from '../../../src/merge/recipe/look-up-parameter.ts';
import { parseRecipes } from '../../../src/merge/recipe/parse-recipe.ts';
import type { Recipe, Settings } from '../../../src/merge/recipe/recipe.ts';

interface ConfigCase {
  readonly setting: unknown;
  readonly tensor: string;
  readonly t: number;
  readonly expected: number | boolean | string | null;
}

interface PrecedenceCase {
  readonly name: string;
  readonly model: string;
  readonly tensor: string;
  readonly t: number;
  readonly source_params_m0: unknown;
  readonly slice_params: unknown;
  readonly global_params: unknown;
  readonly default: number | null;
  readonly required: boolean;
  readonly expected: number | string;
}

interface GoldenConfig {
  readonly config_cases: readonly ConfigCase[];
  readonly precedence_cases: readonly PrecedenceCase[];
}

const FILES = import.meta.glob<string>('../../../../shared/golden/merge_golden_public.json', {
  query: '?raw',
  import: 'default',
});
const [load] = Object.values(FILES);
const golden = load === undefined ? null : (JSON.parse(await load()) as GoldenConfig);

/** The recipe of a document as a file would hold it; null where the document is refused. */
function recipeOf(document: unknown): Recipe | null {
  const parsed = parseRecipes(JSON.stringify(document));
  return parsed.ok ? (parsed.recipes[0]?.recipe ?? null) : null;
}

describe.skipIf(golden === null)('golden recipe values (needs ../shared/golden)', () => {
  it('has all cases', () => {
    expect(golden?.config_cases).toHaveLength(150);
    expect(golden?.precedence_cases).toHaveLength(18);
  });

  it.each(golden?.config_cases.map((item) => [JSON.stringify(item), item] as const) ?? [])(
    '%s',
    // The file's own t are rounded to ten digits.
    (_, { setting, tensor, t, expected }) => {
      const recipe = recipeOf({
        merge_method: 'linear',
        models: [{ model: 'm0' }],
        parameters: { weight: setting },
      });
      if (typeof expected === 'string') {
        expect(expected).toMatch(/^error:/);
        expect(recipe).toBeNull();
        return;
      }
      const parsed = recipe?.parameters.get('weight');
      if (parsed === undefined) throw new Error('The setting was refused.');
      const value = evaluateSetting(parsed, tensor, t);
      if (typeof expected === 'number') expect(value).toBeCloseTo(expected, 9);
      else expect(value).toBe(expected);
    },
  );

  it.each(golden?.precedence_cases.map((item) => [JSON.stringify(item), item] as const) ?? [])(
    '%s',
    (_, item) => {
      const recipe = recipeOf({
        merge_method: 'ties',
        base_model: 'base',
        slices: [
          {
            sources: [
              { model: 'm0', layer_range: [0, 4], parameters: item.source_params_m0 },
              { model: 'm1', layer_range: [0, 4] },
              { model: 'base', layer_range: [0, 4] },
            ],
            parameters: item.slice_params,
          },
        ],
        parameters: item.global_params,
      });
      if (recipe?.input.kind !== 'slices') throw new Error('The recipe was refused.');
      const [slice] = recipe.input.slices;
      const own = slice?.sources.find(({ model }) => model === item.model)?.parameters;
      const scopes = { source: own ?? null, slice: sliceOf(slice), global: recipe.parameters };
      const found = lookUpParameter(scopes, item.name, item.tensor, item.t) ?? item.default;
      expect(found ?? (item.required ? 'error:missing' : null)).toBe(item.expected);
    },
  );
});

function sliceOf(slice: { readonly parameters: Settings } | undefined): Settings | null {
  return slice?.parameters ?? null;
}
