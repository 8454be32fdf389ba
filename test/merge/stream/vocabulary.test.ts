import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { alignEmbeddings } from '../../../src/merge/align-vocabulary.ts';
import { expectedTensor, merged, resultHeaders, resultTensor } from './checkpoints.ts';
import { modelFiles, SHAPES, valuesOf } from './model-files.ts';

const executor = createCpuExecutor();

/** A word-level tokenizer: words in order of their ids, the last of them an added token. */
function tokenizer(words: readonly string[]): unknown {
  const vocab = Object.fromEntries(words.slice(0, -1).map((word, id) => [word, id]));
  const added = { id: words.length - 1, content: words.at(-1), special: true };
  return { version: '1.0', model: { type: 'WordLevel', vocab }, added_tokens: [added] };
}

const WORDS = { a: ['x', 'y', 'z', '<a>'], b: ['z', 'y', 'w', 'x', '<b>'] };
const shapes = (rows: number) => ({
  ...SHAPES,
  'model.embed_tokens.weight': [rows, 4],
  'lm_head.weight': [rows, 4],
});
const MODELS = {
  a: modelFiles(2, {
    shapes: shapes(6),
    extra: { 'tokenizer.json': tokenizer(WORDS.a), 'tokenizer_config.json': { a: 1 } },
  }),
  b: modelFiles(3, { shapes: shapes(5), extra: { 'tokenizer.json': tokenizer(WORDS.b) } }),
};

const recipe = (rest: string) =>
  `merge_method: linear\nmodels: [{ model: a }, { model: b }]\nparameters: { weight: [0.25, 0.5] }\n${rest}`;

describe('vocabularies', () => {
  it('are united: rows, tokenizer and configuration', async () => {
    const text = recipe(
      'tokenizer: { source: union, pad_to_multiple_of: 4, tokens: { w: { source: { kind: zero } } } }',
    );
    const { output } = await merged(text, MODELS, { executor });
    const vocabularies = new Map(
      Object.entries(WORDS).map(([name, words]) => [name, new Map(words.map((w, i) => [w, i]))]),
    );
    const union = new Map(['x', 'y', 'z', '<a>', 'w', '<b>'].map((word, row) => [word, row]));
    for (const name of ['model.embed_tokens.weight', 'lm_head.weight']) {
      const aligned = alignEmbeddings(
        {
          output: union,
          vocabularies,
          base: null,
          tokens: new Map([['w', { source: { kind: 'zero' } }]]),
          padToMultipleOf: 4,
        },
        new Map([
          ['a', { values: valuesOf(2, name, 24, 'F32'), width: 4 }],
          ['b', { values: valuesOf(3, name, 20, 'F32'), width: 4 }],
        ]),
      );
      const models = [...aligned.values()];
      const request = { method: 'linear', parameters: { weight: 0.25 }, base: null, models };
      expect(resultTensor(output, name)).toEqual(
        await expectedTensor(executor, [8, 4], request, { name }),
      );
    }
    expect(json(output, 'config.json')).toMatchObject({ vocab_size: 8 });
    expect(json(output, 'tokenizer.json')).toMatchObject({
      model: { vocab: { x: 0, y: 1, z: 2, w: 4 } },
      added_tokens: [
        { id: 3, content: '<a>' },
        { id: 5, content: '<b>', special: true },
      ],
    });
    expect(json(output, 'tokenizer_config.json')).toEqual({ a: 1 });
  });

  it('are those of one model', async () => {
    const { output } = await merged(recipe('tokenizer_source: b'), MODELS, { executor });
    expect(resultHeaders(output).get('lm_head.weight')).toBe('F32[5,4]');
    expect(json(output, 'tokenizer.json')).toEqual(tokenizer(WORDS.b));
  });

  it('must be known, and every token must have its row', async () => {
    const { a } = MODELS;
    const bare = { a, b: modelFiles(3, { shapes: shapes(5) }) };
    await expect(
      merged(recipe('tokenizer_source: union'), bare, { executor }),
    ).rejects.toMatchObject({
      code: 'recipe-invalid',
      faults: [{ message: 'b has no tokenizer.json.' }],
    });
    const extra = { 'tokenizer.json': tokenizer(WORDS.b) };
    const short = { a, b: modelFiles(3, { shapes: shapes(4), extra }) };
    await expect(
      merged(recipe('tokenizer_source: union'), short, { executor }),
    ).rejects.toMatchObject({
      faults: [
        { message: 'b has 4 rows, its tokenizer a token at 4.' },
        { message: 'b has 4 rows, its tokenizer a token at 4.' },
      ],
    });
  });
});

function json(
  output: { files: ReadonlyMap<string, Uint8Array<ArrayBuffer>> },
  path: string,
): unknown {
  return JSON.parse(new TextDecoder().decode(output.files.get(path)));
}
