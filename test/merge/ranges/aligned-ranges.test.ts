import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { localRanges } from '../../../src/merge/ranges/local-ranges.ts';
import type { RecipeRun } from '../../../src/merge/stream/run-recipe.ts';
import { openWasm } from '../../support/machine/wasm.ts';
import { onceEach } from '../../support/once-each.ts';
import { merged } from '../stream/checkpoints.ts';
import { ALIGNED_MODELS, EMBEDDING, vocabularyModel, wordsOf } from './aligned-models.ts';
import { broken, CUTS, firstDifference } from './range-models.ts';

/* Embeddings, heads and their biases in another vocabulary: ranges gather the executor's rows. */

const recipe = (method: string, rest: string, base = true) => `
merge_method: ${method}
${base ? 'base_model: base' : ''}
models: [{ model: a }, { model: b }, { model: c }]
out_dtype: float32
${rest}`;

const RULES = `tokenizer:
  source: union
  pad_to_multiple_of: 64
  tokens:
    w3: { source: b, force: true }
    w9: { source: { kind: model_token, model: c, token_id: 17 } }
    w11: { source: { kind: zero }, force: true }
    new: { source: { kind: model_token, model: a, token: ${wordsOf(2, 0.6)[0] ?? ''} } }`;

const RECIPES = [
  ['all tokens', recipe('linear', 'parameters: { weight: 0.4 }\ntokenizer_source: union', false)],
  ['rules and padding', recipe('linear', `parameters: { weight: 0.4 }\n${RULES}`, false)],
  [
    'padding of the base',
    recipe(
      'task_arithmetic',
      'parameters: { weight: 0.4 }\ntokenizer: { source: base, pad_to_multiple_of: 1000 }',
    ),
  ],
  [
    'tokens of one model',
    recipe('ties', 'parameters: { weight: 0.4, density: 0.3 }\ntokenizer_source: c'),
  ],
  [
    'bands',
    recipe('breadcrumbs', 'parameters: { weight: 1, density: 0.5 }\ntokenizer_source: union'),
  ],
  ['rows that are ranked', recipe('della', `parameters: { weight: 1, density: 0.5 }\n${RULES}`)],
  ['the whole model', recipe('ties_global', `parameters: { threshold: 20 }\n${RULES}`)],
  [
    'copies',
    recipe(
      'linear',
      `parameters: { weight: 0.4 }\ntensors: [{ filter: embed, rule: { model: 1 } }]\n${RULES}`,
      false,
    ),
  ],
] as const;

let executor: Executor;
beforeAll(async () => {
  executor = await openWasm();
});
afterAll(() => {
  executor.destroy();
});

const ofExecutor = onceEach((text) => merged(text, ALIGNED_MODELS, { executor }));

describe.each(RECIPES)('tables in one vocabulary: %s', (_, text) => {
  it.each(Object.entries(CUTS))('give the bytes of the executor, ranges %s', async (__, cut) => {
    const expected = await ofExecutor(text);
    const ranges = localRanges();
    const found = await merged(text, ALIGNED_MODELS, { executor: broken(executor), ranges, cut });
    expect(firstDifference(found.output, expected.output)).toBeNull();
    expect(found.reports[0]?.notes).toEqual(expected.reports[0]?.notes);
  });
});

describe('values that are not finite, in tables that are gathered', () => {
  // In a row that no token has, of a model that is not merged.
  const bad = vocabularyModel(1, 'BF16', {
    share: 0.9,
    change: (name, values) => {
      if (name !== EMBEDDING) return;
      values[values.length - 1] = Number.NaN;
      values[7] = Number.POSITIVE_INFINITY;
    },
  });
  const text = recipe('linear', 'parameters: { weight: 0.4 }\ntokenizer_source: base');

  it('are named as the executor names them, and nothing is written', async () => {
    const models = { ...ALIGNED_MODELS, base: bad };
    const fail = (options: Partial<RecipeRun>) =>
      merged(text, models, { executor, ...options }).then(
        () => 'merged',
        (error: unknown) => error,
      );
    const expected = await fail({});
    expect(expected).toMatchObject({
      code: 'non-finite',
      faults: [{ place: `base: tensor "${EMBEDDING}"`, message: '2 values are NaN or infinite.' }],
    });
    const found = await fail({ executor: broken(executor), ranges: localRanges() });
    expect(found).toMatchObject({ ...(expected as object) });
    expect(String(found)).toBe(String(expected));
  });
});
