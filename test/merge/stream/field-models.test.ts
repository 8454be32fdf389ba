import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import {
  EMBED,
  fieldModel,
  HEAD,
  jsonOf,
  linear,
  wordLevel,
  wordsTo,
} from '../../support/models/field-model.ts';
import { prepareRecipe } from '../../../src/merge/stream/run-recipe.ts';
import { finder, merged, resultHeaders, resultTensor } from './checkpoints.ts';

const executor = createCpuExecutor();
const LINEAR = linear(['a', 'b']);
const run = (recipe: string, models: Parameters<typeof merged>[1]) =>
  merged(recipe, models, { executor });
/** The first value of every row. */
const rowsOf = (output: Parameters<typeof resultTensor>[0], name: string, width = 4) =>
  [...resultTensor(output, name)].filter((_, index) => index % width === 0);
const notesOf = ({ reports }: Awaited<ReturnType<typeof merged>>) =>
  reports.flatMap(({ notes }) => notes).join('\n');

describe('models of different height without a tokenizer', () => {
  it('are cut to the shorter, and the tokenizer with them', async () => {
    const result = await run(LINEAR, { a: fieldModel(1, 10), b: fieldModel(2, 8) });
    const { output } = result;
    expect(rowsOf(output, EMBED)).toEqual([150, 151, 152, 153, 154, 155, 156, 157]);
    expect(rowsOf(output, HEAD)[7]).toBe(207);
    expect(jsonOf(output.files, 'config.json')).toMatchObject({ vocab_size: 8 });
    expect(jsonOf(output.files, 'tokenizer.json')).toEqual(
      wordLevel(Object.fromEntries(wordsTo(8).map((word, id) => [word, id]))),
    );
    expect(notesOf(result)).toMatch(
      /tokenizer.json: 2 tokens of a from row 8 on have no row any more and are left out: "t8", "t9"/,
    );
  });

  it('lose whatever names a token without a row, in all files', async () => {
    const vocab = Object.fromEntries(wordsTo(7).map((word, id) => [word, id]));
    const tokenizer = wordLevel(vocab, [
      { id: 7, content: '</s>', special: true },
      { id: 8, content: '<pad>', special: true },
    ]);
    const a = fieldModel(1, 9, {
      tokenizer,
      config: { eos_token_id: [7, 8], pad_token_id: 8, bos_token_id: 0 },
      tokenizerConfig: {
        eos_token: '</s>',
        pad_token: { content: '<pad>' },
        additional_special_tokens: ['<pad>', '</s>'],
        added_tokens_decoder: { 7: { content: '</s>' }, 8: { content: '<pad>' } },
      },
      files: {
        'generation_config.json': { eos_token_id: 7, suppress_tokens: [8, 0] },
        'special_tokens_map.json': { pad_token: '<pad>', eos_token: '</s>' },
        'added_tokens.json': { '<pad>': 8 },
      },
    });
    const { output } = await run(LINEAR, { a, b: fieldModel(2, 8) });
    expect(jsonOf(output.files, 'config.json')).toMatchObject({
      eos_token_id: [7],
      pad_token_id: null,
      bos_token_id: 0,
    });
    expect(jsonOf(output.files, 'generation_config.json')).toEqual({
      eos_token_id: 7,
      suppress_tokens: [0],
    });
    expect(jsonOf(output.files, 'tokenizer_config.json')).toEqual({
      eos_token: '</s>',
      additional_special_tokens: ['</s>'],
      added_tokens_decoder: { 7: { content: '</s>' } },
    });
    expect(jsonOf(output.files, 'special_tokens_map.json')).toEqual({ eos_token: '</s>' });
    expect(output.files.has('added_tokens.json')).toBe(false);
  });

  it('lose merges of lost tokens; tokens that the tokenizer needs are not cut away', async () => {
    const vocab = { a: 0, b: 1, c: 2, ab: 3, bc: 4, abc: 5 };
    const merges = ['a b', 'b c', 'ab c'];
    const bpe = { version: '1.0', added_tokens: [], model: { type: 'BPE', vocab, merges } };
    const b = fieldModel(2, 5);
    const { output } = await run(LINEAR, { a: fieldModel(1, 6, { tokenizer: bpe }), b });
    expect(jsonOf(output.files, 'tokenizer.json')).toMatchObject({
      model: { vocab: { a: 0, b: 1, c: 2, ab: 3, bc: 4 }, merges: ['a b', 'b c'] },
    });
    const unknown = { ...bpe, model: { ...bpe.model, unk_token: 'abc' } };
    await expect(
      run(LINEAR, { a: fieldModel(1, 6, { tokenizer: unknown }), b }),
    ).rejects.toMatchObject({
      code: 'recipe-invalid',
      faults: [{ place: 'tokenizer.json', message: /"abc".*tokenizer_source: union/ as unknown }],
    });
  });

  it('cut a head that a rule copies, and a bias, like the others', async () => {
    const tensors = (rows: number) => ({ 'lm_head.bias': [rows] });
    const models = {
      a: fieldModel(1, 10, { tensors: tensors(10) }),
      b: fieldModel(2, 8, { tensors: tensors(8) }),
    };
    const recipe = `${LINEAR}tensors: [{ filter: lm_head.weight, rule: { model: 0 } }]`;
    const { output } = await run(recipe, models);
    expect(resultHeaders(output).get(HEAD)).toBe('F32[8,4]');
    expect(resultHeaders(output).get('lm_head.bias')).toBe('F32[8]');
    expect(rowsOf(output, HEAD)).toEqual([150, 151, 152, 153, 154, 155, 156, 157]);
  });
});

describe('tables of tokens that are no embedding or head', () => {
  const words = { a: ['x', 'y', 'z', 'u', 'v'], b: ['z', 'y', 'w', 'x', 'u'] };
  const byRow = (seed: number) => (name: string, values: Float32Array) => {
    if (!name.startsWith('model.layers')) values.forEach((_, i) => (values[i] = 100 * seed + i));
  };
  const models = (shape: readonly number[], name: string) => ({
    a: fieldModel(1, 5, { tokenizer: words.a, tensors: { [name]: shape }, change: byRow(1) }),
    b: fieldModel(2, 5, { tokenizer: words.b, tensors: { [name]: shape }, change: byRow(2) }),
  });

  it.each([
    ['lm_head.bias', [5]],
    ['final_logits_bias', [1, 5]],
    ['cls.predictions.decoder.bias', [5]],
    ['model.token_scale', [5, 1]],
  ])('%s is aligned by tokens', async (name, shape) => {
    const { output } = await run(`${LINEAR}tokenizer_source: union`, models(shape, name));
    // x is row 0 of a and 3 of b; v is a's alone, w b's alone: the owner's value on both sides.
    const ids = shape.length === 2 && shape[0] === 1 ? '1,6' : [6, ...shape.slice(1)].join();
    expect(resultHeaders(output).get(name)).toBe(`F32[${ids}]`);
    const both = (a: number, b: number) => (100 + a + 200 + b) / 2;
    expect([...resultTensor(output, name)]).toEqual([
      both(0, 3),
      both(1, 1),
      both(2, 0),
      both(3, 4),
      104,
      202,
    ]);
  });

  it('positions, norms and layers are none, whatever their length', async () => {
    const tensors = { 'model.embed_positions.weight': [5, 4], 'model.layers.0.bias': [5] };
    const same = (seed: number, tokenizer: readonly string[]) =>
      fieldModel(seed, 5, { tokenizer, tensors });
    const { output } = await run(`${LINEAR}tokenizer_source: union`, {
      a: same(1, words.a),
      b: same(2, words.b),
    });
    const headers = resultHeaders(output);
    expect(headers.get('model.embed_positions.weight')).toBe('F32[5,4]');
    expect(headers.get('model.layers.0.bias')).toBe('F32[5]');
  });

  it('what has the length of one model’s vocabulary by chance is none', async () => {
    const tensors = { 'model.merger': [5, 2] };
    const { output } = await run(`${LINEAR}tokenizer_source: union`, {
      a: fieldModel(1, 5, { tokenizer: words.a, tensors }),
      b: fieldModel(2, 6, { tokenizer: [...words.b, 'x2'], tensors }),
    });
    expect(resultHeaders(output).get('model.merger')).toBe('F32[5,2]');
    expect(resultTensor(output, 'model.merger')[0]).toBe(1.5);
  });

  it('a head that a rule copies is aligned, too', async () => {
    const recipe = `${LINEAR}tokenizer_source: union\ntensors: [{ filter: lm_head.weight, rule: { model: 1 } }]`;
    const { output } = await run(recipe, {
      a: fieldModel(1, 5, { tokenizer: words.a }),
      b: fieldModel(2, 5, { tokenizer: words.b }),
    });
    // Rows of b by its own ids; v is a's alone.
    expect(rowsOf(output, HEAD)).toEqual([253, 251, 250, 254, 154, 252]);
  });

  it('a merge of the whole model aligns them before it looks at all', async () => {
    const recipe =
      'merge_method: ties_global\nbase_model: a\nmodels: [{ model: b }]\nparameters: { threshold: 100, scaling_factor: 1 }\ntokenizer_source: union';
    const { output } = await run(recipe, {
      a: fieldModel(1, 5, { tokenizer: words.a }),
      b: fieldModel(2, 5, { tokenizer: words.b }),
    });
    expect(rowsOf(output, EMBED)).toEqual([203, 201, 200, 204, 104, 202]);
  });
});

describe('a vocabulary', () => {
  it('with holes keeps its rows in their places', async () => {
    const vocab = { ...Object.fromEntries(wordsTo(8).map((word, id) => [word, id])), end: 10 };
    const models = {
      a: fieldModel(1, 11, { tokenizer: wordLevel(vocab) }),
      b: fieldModel(2, 8),
    };
    for (const source of ['union', 'base', 'a']) {
      const recipe = `${LINEAR}tokenizer_source: ${source}\n${source === 'base' ? 'base_model: a' : ''}`;
      const result = await run(recipe, models);
      const { output } = result;
      expect(rowsOf(output, EMBED)).toEqual([
        150, 151, 152, 153, 154, 155, 156, 157, 108, 109, 110,
      ]);
      expect(jsonOf(output.files, 'config.json')).toMatchObject({ vocab_size: 11 });
      expect(jsonOf(output.files, 'tokenizer.json')).toMatchObject({
        model: { vocab: { ...vocab, '<unused_8>': 8, '<unused_9>': 9 } },
      });
      expect(notesOf(result)).toMatch(/no token for 2 ids \(8, 9\)/);
    }
  });

  it('of another length than a call has arguments is no trouble', async () => {
    const rows = 130_000;
    const a = fieldModel(1, rows, {
      tensors: { [EMBED]: [rows, 1], [HEAD]: null },
      config: { tie_word_embeddings: true },
    });
    const recipe = `${linear(['a'])}tokenizer: { source: union, tokens: { extra: { source: { kind: zero } } } }`;
    const { plans } = await prepareRecipe(recipe, finder({ a }));
    const shape = plans[0]?.tensors.find(({ name }) => name === EMBED)?.shape;
    expect(shape).toEqual([130_001, 1]);
  });

  it('of a model that is not merged gives its rows to all', async () => {
    const c = fieldModel(3, 3, { tokenizer: ['t0', 'new', 't1'] });
    const { output } = await run(`${LINEAR}tokenizer_source: c`, {
      a: fieldModel(1, 4),
      b: fieldModel(2, 4),
      c,
    });
    expect(rowsOf(output, EMBED)).toEqual([150, 301, 151]);
  });
});
