import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { bytesSource } from '../../../src/io/byte-source.ts';
import { openBase } from '../../../src/lab/checkpoints/opened-base.ts';
import { requiredParameters } from '../../../src/merge/recipe/mergekit-rules.ts';
import { MERGE_METHODS } from '../../../src/merge/registry/registry.ts';
import { wholeModel } from '../../support/models/whole-model.ts';
import { merged, type Models } from './checkpoints.ts';

const executor = createCpuExecutor();

/** Merges, which checks the folder against itself, and opens the result as a base. */
async function opened(recipe: string, models: Models, options: { maxShardBytes?: number } = {}) {
  const { output } = await merged(recipe, models, { executor, ...options });
  const files = [...output.files].map(([name, bytes]) => bytesSource(name, bytes));
  const base = await openBase(files);
  if (base.kind !== 'language-model') throw new Error(base.kind);
  return { ...base.summary, special: base.model.special };
}

const linear = (rest: string, names = ['a', 'b']) =>
  `merge_method: linear\nmodels: [${names.map((name) => `{ model: ${name} }`).join(', ')}]\nparameters: { weight: 1 }\n${rest}`;

describe('every result opens as a base', () => {
  const four = {
    base: wholeModel(1),
    a: wholeModel(2),
    b: wholeModel(3),
    c: wholeModel(4),
  };
  const methods = MERGE_METHODS.filter(({ needs = [] }) => needs.length === 0);

  it.each(methods.map((method) => [method.id, method] as const))('of %s', async (id, method) => {
    const { min, max } = method.models;
    const names = ['a', 'b', 'c'].slice(0, Math.min(max, Math.max(2, min)));
    const isPair = method.models.max === 1 && !method.needsBase;
    const parameters = requiredParameters(id).map((name) => `${name}: 0.5`);
    const recipe = `merge_method: ${id}
${isPair ? '' : 'base_model: base\n'}models: [${names.map((name) => `{ model: ${name} }`).join(', ')}]
parameters: { ${parameters.join(', ')} }
dtype: float32`;
    const addsBase = !method.needsBase && method.models.max === 2;
    const { config } = await opened(
      addsBase ? recipe.replace('base_model: base\n', '') : recipe,
      four,
    );
    expect(config).toMatchObject({ vocabSize: 12, layers: 2, tied: true });
  });

  const short = { vocabSize: 10 };
  const chat = ['word0', '[end]', 'word1', 'word2', 'more', 'word3', 'word4', 'word5'];
  const cases: readonly [string, string, Models, object][] = [
    [
      'cut to the shorter',
      linear(''),
      { a: wholeModel(1), b: wholeModel(2, short) },
      { vocabSize: 10 },
    ],
    [
      'cut, the first is shorter',
      linear(''),
      { a: wholeModel(1, short), b: wholeModel(2) },
      { vocabSize: 10 },
    ],
    [
      'cut, with heads',
      linear(''),
      { a: wholeModel(1, { tied: false }), b: wholeModel(2, { ...short, tied: false }) },
      { vocabSize: 10, tied: false },
    ],
    [
      'rows without tokens',
      linear(''),
      { a: wholeModel(1, {}, { words: ['x'] }), b: wholeModel(2) },
      { vocabSize: 12 },
    ],
    [
      'a union',
      linear('tokenizer_source: union'),
      { a: wholeModel(1), b: wholeModel(2, short, { words: chat }) },
      { vocabSize: 14 },
    ],
    [
      'a padded union',
      linear('tokenizer: { source: union, pad_to_multiple_of: 8 }'),
      { a: wholeModel(1), b: wholeModel(2, short, { words: chat }) },
      { vocabSize: 16 },
    ],
    [
      'the tokenizer of another',
      linear('tokenizer_source: b'),
      { a: wholeModel(1), b: wholeModel(2, short, { words: chat }) },
      { vocabSize: 10 },
    ],
    [
      'one tied, one not',
      linear(''),
      { a: wholeModel(1), b: wholeModel(2, { tied: false }) },
      { tied: false },
    ],
    [
      'one without a head and a key',
      linear(''),
      {
        a: wholeModel(1, {}, { config: { tie_word_embeddings: undefined } }),
        b: wholeModel(2, { tied: false }),
      },
      { tied: false },
    ],
    [
      'other types',
      linear('out_dtype: bfloat16'),
      { a: wholeModel(1, {}, { dtype: 'F16' }), b: wholeModel(2, {}, { dtype: 'BF16' }) },
      {},
    ],
    [
      'types as they were',
      linear(''),
      { a: wholeModel(1, {}, { dtype: 'F16' }), b: wholeModel(2, {}, { dtype: 'BF16' }) },
      {},
    ],
    [
      'llama',
      linear(''),
      { a: wholeModel(1, { qkNorm: false }), b: wholeModel(2, { qkNorm: false }) },
      { qkNorm: false },
    ],
    [
      'a copied head',
      linear('tokenizer_source: union\ntensors: [{ filter: lm_head, rule: { model: 0 } }]'),
      {
        a: wholeModel(1, { tied: false }),
        b: wholeModel(2, { ...short, tied: false }, { words: chat }),
      },
      { vocabSize: 14, tied: false },
    ],
    [
      'stacked layers',
      'merge_method: passthrough\nslices:\n- sources: [{ model: a, layer_range: [0, 2] }]\n- sources: [{ model: b, layer_range: [1, 2] }]',
      { a: wholeModel(1), b: wholeModel(2) },
      { layers: 3 },
    ],
    [
      'steps',
      `${linear('tokenizer_source: union')}\nname: first\n---\n${linear('base_model: c', ['c', 'first'])}`,
      { a: wholeModel(1), b: wholeModel(2, short, { words: chat }), c: wholeModel(3) },
      { vocabSize: 12 },
    ],
    ['a template', linear('chat_template: chatml'), { a: wholeModel(1), b: wholeModel(2) }, {}],
  ];

  it.each(cases)('%s', async (_name, recipe, models, config) => {
    const { config: found, special } = await opened(recipe, models);
    expect(found).toMatchObject(config);
    expect(special.eos).toBe(0);
    const inShards = await opened(recipe, models, { maxShardBytes: 600 });
    expect(inShards.config).toEqual(found);
  });
});
