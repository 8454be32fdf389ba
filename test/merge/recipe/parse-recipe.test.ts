import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { RandomStream } from '../../../src/core/rng.ts';
import { orderSteps } from '../../../src/merge/recipe/order-steps.ts';
import { parseRecipes, recipesFrom } from '../../../src/merge/recipe/parse-recipe.ts';
import { printRecipes } from '../../../src/merge/recipe/print-recipe.ts';
import { referencesOf } from '../../../src/merge/recipe/recipe.ts';

const TIES = `
merge_method: ties
base_model: ./base
models:
  - model: ./base
  - model: ./a
    parameters:
      weight: 0.5
      density: [0.2, 0.4, 1]
  - model: ./b
    parameters:
      weight:
        - filter: mlp
          value: [0.1, 0.9]
        - filter: self_attn
          value: 0.3
        - value: 0.5
parameters:
  normalize: true
  int8_mask: true
dtype: float32
out_dtype: bfloat16
tokenizer:
  source: union
  tokens:
    <a>: { source: ./a, force: true }
    <b>: { source: { kind: zero } }
    <c>: { source: { kind: model_token, model: ./b, token_id: 7 } }
  pad_to_multiple_of: 64
chat_template: auto
tensors:
  - { filter: lm_head, rule: base }
  - { filter: rotary, rule: skip }
  - { filter: layers.0., rule: { model: 1 } }
  - { filter: layers.1., rule: 'model: 2' }
  - { rule: merge }
`;

const SLICES = `
slices:
  - sources:
      - model: a
        layer_range: [0, 2]
        parameters: { weight: 1 }
      - model: b
        layer_range: [2, 4]
    parameters: { weight: 2 }
  - sources:
      - { model: b, layer_range: [1, 3] }
      - { model: a, layer_range: [0, 2] }
merge_method: linear
parameters: { weight: [0, 1] }
tokenizer_source: a
`;

const STEPS = `
merge_method: ties
base_model: x
models: [{ model: middle }]
parameters: { weight: 0.5 }
---
name: middle
merge_method: linear
models: [{ model: y }, { model: x }]
parameters: { weight: 1 }
`;

function placesOf(text: string): string[] {
  const parsed = parseRecipes(text);
  if (parsed.ok) throw new Error('The recipe was taken.');
  return parsed.faults.map(({ place, message }) => `${place}: ${message}`);
}

describe('recipes', () => {
  it('are read as mergekit reads them', () => {
    const [parsed] = recipesFrom(TIES);
    expect(parsed?.recipe).toMatchObject({
      mergeMethod: 'ties',
      baseModel: './base',
      outDtype: 'bfloat16',
      tokenizer: { source: { kind: 'union' }, padToMultipleOf: 64 },
    });
    expect(parsed?.recipe.tensors.map(({ action }) => action)).toEqual([
      { kind: 'base' },
      { kind: 'skip' },
      { kind: 'model', index: 1 },
      { kind: 'model', index: 2 },
      { kind: 'merge' },
    ]);
    expect(parsed?.notes).toEqual([
      {
        place: expect.stringMatching(/^parameters\.int8_mask \(line \d+/) as string,
        message: 'ties does not use it.',
      },
    ]);
    expect(parsed === undefined ? [] : referencesOf(parsed.recipe)).toEqual([
      './base',
      './a',
      './b',
    ]);
  });

  it.each([
    ['ties', TIES],
    ['slices', SLICES],
    ['steps', STEPS],
  ])('survive parse → print → parse: %s', (_, text) => {
    const first = recipesFrom(text).map(({ recipe }) => recipe);
    const again = recipesFrom(printRecipes(first)).map(({ recipe }) => recipe);
    expect(again).toEqual(first);
    expect(printRecipes(again)).toBe(printRecipes(first));
  });

  it('keep tokens and parameters whose names are those of object properties', () => {
    const text =
      'merge_method: linear\nmodels: [{ model: a }]\nparameters: { weight: 1 }\n' +
      'tokenizer: { source: base, tokens: { __proto__: { source: a }, constructor: { source: a } } }\n';
    const [parsed] = recipesFrom(text);
    expect([...(parsed?.recipe.tokenizer?.tokens.keys() ?? [])]).toEqual([
      '__proto__',
      'constructor',
    ]);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

describe('a wrong recipe lists every fault with its place', () => {
  const good = 'merge_method: linear\nmodels: [{ model: a }]\n';
  it.each<[string, string, RegExp]>([
    ['no method', 'models: [{ model: a }]', /document: The key "merge_method" is missing/],
    [
      'a method nobody has',
      'merge_method: magic\nmodels: [{ model: a }]',
      /no merge method "magic"/,
    ],
    ['models and slices', `${good}slices: []`, /slices .*not both/],
    ['neither', 'merge_method: linear', /"models" and "slices"/],
    ['an empty list', 'merge_method: linear\nmodels: []', /models \(line 2:1\): Must not be empty/],
    ['unknown keys', `${good}base: a`, /base \(line 3:1\): Unknown key/],
    ['unknown parameters', `${good}parameters: { wieght: 1 }`, /wieght .*Unknown parameter/],
    ['duplicate keys', `${good}merge_method: ties`, /line 3:1: Map keys must be unique/],
    ['an alias', `merge_method: linear\nmodels: &m [{ model: a }]\nslices: *m`, /not both/],
    ['a tag', `${good}dtype: !!js/function 'x'`, /Unresolved tag/],
    ['a lone filter', `${good}parameters: { weight: { filter: a, value: 1 } }`, /in a list/],
    ['numbers past all bounds', `${good}parameters: { weight: 1e999 }`, /finite/],
    ['not a number', `${good}parameters: { weight: [.nan] }`, /weight\[0\].*finite/],
    ['a wrong type', `${good}dtype: int8`, /dtype .*float32, float16, bfloat16/],
    ['an adapter', 'merge_method: linear\nmodels: [{ model: a+b }]', /Adapters/],
    ['modules', `${good}modules: {}`, /modules .*not supported/],
    ['a base that is missing', 'merge_method: ties\nmodels: [{ model: a }]', /needs base_model/],
    ['a rule without its base', `${good}tensors: [{ rule: base }]`, /no base_model to copy/],
    ['a rule past the models', `${good}tensors: [{ rule: { model: 1 } }]`, /1 models, counted/],
    ['a rule nobody knows', `${good}tensors: [{ rule: average }]`, /Must be merge, base/],
    ['two tokenizers', `${good}tokenizer_source: base\ntokenizer: { source: base }`, /not both/],
    ['a source without a token', `${good}tokenizer: { tokens: { a: { force: true } } }`, /"force"/],
    [
      'a scalar of the whole merge at one model',
      'merge_method: linear\nmodels: [{ model: a, parameters: { normalize: true } }]',
      /belongs to the merge/,
    ],
    [
      'a slice backwards',
      'merge_method: linear\nslices: [{ sources: [{ model: a, layer_range: [3, 2] }] }]',
      /layer_range must be/,
    ],
    [
      'slices without any layer',
      'merge_method: linear\nslices: [{ sources: [{ model: a, layer_range: [3, 3] }] }]',
      /No slice has a layer/,
    ],
    ['text that is no mapping', '- a', /not a mapping/],
    ['nothing', '', /empty/],
    ['depth', `merge_method: ${'['.repeat(50_000)}`, /deeply|line/],
    ['size', `merge_method: ${'a'.repeat(4_200_000)}`, /4194304/],
  ])('%s', (_, text, message) => {
    expect(placesOf(text).join('\n')).toMatch(message);
  });

  it('names all of them at once, and the document', () => {
    const places = placesOf(
      'merge_method: linear\nmodels: [{ model: a }]\n---\nmerge_method: 3\nmodels: [{}, 4]\n',
    );
    expect(places).toHaveLength(3);
    expect(places.every((place) => place.startsWith('document 2: '))).toBe(true);
  });

  it('is an AppError where the recipe must be right', () => {
    expect(() => recipesFrom('a: 1')).toThrowError(AppError);
    try {
      recipesFrom('a: 1');
    } catch (error) {
      expect(error).toMatchObject({ code: 'recipe-invalid' });
      expect(error instanceof AppError ? error.faults.length : 0).toBeGreaterThan(1);
    }
  });

  it('answers hundreds of damaged recipes with faults or recipes, never with anything else', () => {
    const random = new RandomStream(3, 'recipe faults');
    const pieces = ['{', '}', '[', ']', ':', '- ', '\n', '&a ', '*a', '!!', '.nan', '9e999', "'"];
    for (let round = 0; round < 300; round++) {
      let text = random.nextInt(2) === 0 ? TIES : SLICES;
      for (let edits = 1 + random.nextInt(4); edits > 0; edits--) {
        const at = random.nextInt(text.length);
        const piece = pieces[random.nextInt(pieces.length)] ?? '';
        text = text.slice(0, at) + piece + text.slice(at + random.nextInt(12));
      }
      const parsed = parseRecipes(text);
      if (parsed.ok)
        expect(() => printRecipes(parsed.recipes.map((one) => one.recipe))).not.toThrow();
      else expect(parsed.faults.length).toBeGreaterThan(0);
    }
  });
});

describe('steps', () => {
  const step = (name: string, ...models: string[]) =>
    `${name === '' ? '' : `name: ${name}\n`}merge_method: linear\nmodels: [${models
      .map((model) => `{ model: ${model} }`)
      .join(', ')}]\nparameters: { weight: 1 }\n`;
  const orderOf = (...documents: string[]) => orderSteps(recipesFrom(documents.join('---\n')));

  it('come after what they read, the result last', () => {
    const order = orderOf(step('', 'b', 'c'), step('c', 'b', 'x'), step('b', 'x', 'y'));
    const names = order.ok ? order.steps.map(({ recipe }) => recipe.name) : [];
    expect(names).toEqual(['b', 'c', null]);
  });

  it('may not run in circles', () => {
    const order = orderOf(step('', 'b'), step('b', 'c'), step('c', 'b'));
    expect(order.ok ? [] : order.faults.map(({ message }) => message)).toEqual([
      'These steps need each other: b → c → b.',
    ]);
    expect(orderOf(step('b', 'b')).ok).toBe(false);
  });

  it('have one name each and one result', () => {
    expect(orderOf(step('b', 'x'), step('b', 'y')).ok).toBe(false);
    expect(orderOf(step('b', 'x'), step('', 'y')).ok).toBe(false);
    expect(orderOf(step('b', 'x'), step('c', 'b')).ok).toBe(true);
  });
});
