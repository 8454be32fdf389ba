import { describe, expect, it } from 'vitest';
import { EMBED, fieldModel, HEAD, jsonOf } from '../../support/models/field-model.ts';
import { memoryFolder } from '../../support/memory-folder.ts';
import { merged, resultHeaders, resultTensor } from './checkpoints.ts';
import { executor, LINEAR, run, notesOf, textOf } from './field-merges.ts';

describe('config.json', () => {
  it('says new rows, layers and types in the language part of a larger model', async () => {
    const nested = (key: string, inner: object) => ({
      model_type: 'gemma3',
      vocab_size: undefined,
      num_hidden_layers: undefined,
      tie_word_embeddings: undefined,
      [key]: inner,
      vision_config: { vocab_size: 77, num_hidden_layers: 9, torch_dtype: 'bfloat16' },
    });
    for (const key of ['text_config', 'llm_config', 'language_config']) {
      const sizes = { vocab_size: 3, num_hidden_layers: 2, torch_dtype: 'bfloat16' };
      const a = fieldModel(1, 3, { config: nested(key, sizes), tokenizer: ['x', 'y', 'z'] });
      const b = fieldModel(2, 3, { config: nested(key, sizes), tokenizer: ['x', 'y', 'w'] });
      const { output } = await run(`${LINEAR}tokenizer_source: union`, { a, b });
      expect(jsonOf(output.files, 'config.json')).toEqual({
        model_type: 'gemma3',
        tie_word_embeddings: false,
        torch_dtype: 'float32',
        [key]: {
          vocab_size: 4,
          num_hidden_layers: 2,
          torch_dtype: 'float32',
          tie_word_embeddings: false,
        },
        vision_config: { vocab_size: 77, num_hidden_layers: 9, torch_dtype: 'float32' },
      });
    }
  });

  it('says sizes that the family would give another number, in the innermost part', async () => {
    const config = {
      vocab_size: undefined,
      thinker_config: { text_config: { num_hidden_layers: 2 } },
    };
    const a = fieldModel(1, 3, { config });
    const slices =
      'merge_method: passthrough\nslices:\n- sources: [{ model: a, layer_range: [0, 2] }]\n- sources: [{ model: a, layer_range: [1, 2] }]';
    const { output } = await run(slices, { a });
    expect(jsonOf(output.files, 'config.json')).toMatchObject({
      num_hidden_layers: 3,
      thinker_config: { text_config: { num_hidden_layers: 3, vocab_size: 3 } },
    });
  });

  it('says whether the head is the embedding, whatever the first model left out', async () => {
    const headless = { tensors: { [HEAD]: null }, config: { tie_word_embeddings: undefined } };
    const mixed = await run(LINEAR, { a: fieldModel(1, 3, headless), b: fieldModel(2, 3) });
    expect(jsonOf(mixed.output.files, 'config.json')).toHaveProperty('tie_word_embeddings', false);
    // The embedding of a and the head of b.
    expect(resultTensor(mixed.output, HEAD)[0]).toBe((100 + 250) / 2);
    const tied = await run(LINEAR, {
      a: fieldModel(1, 3, headless),
      b: fieldModel(2, 3, headless),
    });
    expect(jsonOf(tied.output.files, 'config.json')).toHaveProperty('tie_word_embeddings', true);
    expect(resultHeaders(tied.output).has(HEAD)).toBe(false);
  });

  it('a head that config.json ties and the files do not is never dropped without a word', async () => {
    const config = { tie_word_embeddings: true };
    const both = { a: fieldModel(1, 3, { config }), b: fieldModel(2, 3, { config }) };
    const result = await run(LINEAR, both);
    expect(resultHeaders(result.output).has(HEAD)).toBe(false);
    expect(notesOf(result)).toMatch(/config.json of a ties the head .* is left out/);
    expect(notesOf(result)).toMatch(/config.json of b ties the head/);
    const kept = await run(LINEAR, { ...both, b: fieldModel(2, 3) });
    expect(resultTensor(kept.output, HEAD)[0]).toBe((150 + 250) / 2);
    expect(notesOf(kept)).toMatch(/config.json of a ties the head .* is taken/);
    const same = (name: string, values: Float32Array) => void (name === HEAD && values.fill(7));
    const again = (name: string, values: Float32Array) => void (name === EMBED && values.fill(7));
    const change = (name: string, values: Float32Array): void => {
      same(name, values);
      again(name, values);
    };
    const silent = await run(LINEAR, {
      a: fieldModel(1, 3, { config, change }),
      b: fieldModel(2, 3, { config, change }),
    });
    expect(notesOf(silent)).not.toMatch(/ties the head/);
  });

  it('leaves the key alone where a head has a name that is not known', async () => {
    const tensors = { [HEAD]: null, 'cls.predictions.decoder.weight': [3, 4] };
    for (const said of [false, undefined]) {
      const model = { tensors, config: { tie_word_embeddings: said } };
      const { output } = await run(LINEAR, {
        a: fieldModel(1, 3, model),
        b: fieldModel(2, 3, model),
      });
      const config = jsonOf(output.files, 'config.json') as Record<string, unknown>;
      expect(config['tie_word_embeddings']).toBe(said);
    }
  });

  it('says the type that the weights have', async () => {
    const models = {
      a: fieldModel(1, 3, { dtype: 'BF16', config: { dtype: 'float16' } }),
      b: fieldModel(2, 3, { dtype: 'F16' }),
    };
    const { output } = await run(LINEAR.replace('dtype: float32', ''), models);
    expect(jsonOf(output.files, 'config.json')).toHaveProperty('dtype', 'bfloat16');
  });
});

describe('notes', () => {
  it('say that rows are other tokens', async () => {
    const result = await run(LINEAR, {
      a: fieldModel(1, 3, { tokenizer: ['x', 'y', 'z'] }),
      b: fieldModel(2, 3, { tokenizer: ['y', 'x', 'z'] }),
    });
    expect(resultTensor(result.output, EMBED)[0]).toBe(150);
    expect(notesOf(result)).toMatch(
      /2 rows are other tokens in a and b: row 0 is "x" and "y".*tokenizer_source/,
    );
    const same = await run(LINEAR, { a: fieldModel(1, 3), b: fieldModel(2, 3) });
    expect(notesOf(same)).toBe('');
  });

  it('say that kinds and settings differ', async () => {
    const a = fieldModel(1, 3, { config: { num_attention_heads: 4, rope_theta: 10000 } });
    const config = { model_type: 'mistral', num_attention_heads: 2, rope_theta: 10000 };
    const result = await run(LINEAR, { a, b: fieldModel(2, 3, { config }) });
    expect(notesOf(result)).toMatch(/b is "mistral", a "llama": .* --allow-crimes/);
    expect(notesOf(result)).toMatch(/a and b differ \(num_attention_heads 4 and 2\)/);
    expect(textOf(result.output.files, 'README.md')).toMatch(/## Notes\n\n- config.json: b is/);
  });

  it('a model that is listed twice counts once, with the parameters given first', async () => {
    const models = { a: fieldModel(1, 3), b: fieldModel(2, 3) };
    const recipe = `merge_method: linear
models:
- { model: a, parameters: { weight: [{ filter: embed_tokens, value: 1 }] } }
- { model: b, parameters: { weight: 3 } }
- { model: a, parameters: { weight: 9 } }
tensors: [{ filter: model.norm, rule: { model: 2 } }]
dtype: float32`;
    const result = await run(recipe, models);
    const rows = (name: string) => resultTensor(result.output, name)[0];
    expect(rows(EMBED)).toBe((1 * 100 + 3 * 200) / 4);
    expect(rows(HEAD)).toBe((9 * 150 + 3 * 250) / 12);
    expect(rows('model.norm.weight')).toBe(1);
    expect(notesOf(result)).toMatch(/a is listed 2 times and counts once/);
    const alone =
      'merge_method: slerp\nbase_model: a\nmodels: [{ model: a }, { model: a }]\nparameters: { t: 0.5 }';
    await expect(run(alone, models)).rejects.toMatchObject({ code: 'recipe-invalid' });
    const sliced = `merge_method: linear
slices: [{ sources: [{ model: a, layer_range: [0, 2] }, { model: b, layer_range: [0, 2] }, { model: a, layer_range: [0, 2] }] }]
parameters: { weight: 1 }`;
    const half = await run(sliced, models);
    expect(resultTensor(half.output, 'model.layers.1.mlp.up_proj.weight')[0]).toBe(1.5);
  });

  it('a tokenizer that cannot be read is copied, and that is said', async () => {
    const broken = { model: { type: 'WordLevel', vocab: { x: 0, y: 0 } } };
    const models = { a: fieldModel(1, 3, { tokenizer: broken }), b: fieldModel(2, 3) };
    const known = [
      { place: 'model', message: expect.stringMatching(/^This tokenizer.json/) as unknown },
      { place: 'tokenizer.json: id 0', message: 'belongs to "x" and to "y"' },
    ];
    const result = await merged(LINEAR, models, { executor }, memoryFolder(), known);
    expect(jsonOf(result.output.files, 'tokenizer.json')).toEqual(broken);
    expect(notesOf(result)).toMatch(/copied without being understood.*id 0 belongs to "x"/);
    await expect(run(`${LINEAR}tokenizer_source: union`, models)).rejects.toMatchObject({
      faults: [{ message: expect.stringMatching(/^a: .*id 0 belongs to/) as unknown }],
    });
  });
});

describe('tokenizers that are not tokenizer.json', () => {
  it('are copied where rows are cut, and that is said', async () => {
    const files = { 'vocab.json': { t0: 0 }, 'merges.txt': new TextEncoder().encode('') };
    const a = fieldModel(1, 5, { tokenizer: null, files });
    const result = await run(LINEAR, { a, b: fieldModel(2, 3) });
    expect(notesOf(result)).toMatch(/vocab.json: a: copied as it is: its tokens from 3 to 4/);
    const same = await run(LINEAR, { a, b: fieldModel(2, 5) });
    expect(notesOf(same)).not.toMatch(/copied as it is/);
  });

  it('are refused where they are damaged and the result would take them', async () => {
    const pointer = new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\n');
    const damaged = fieldModel(1, 3, { files: { 'tokenizer.json': pointer } });
    await expect(run(LINEAR, { a: damaged, b: fieldModel(2, 3) })).rejects.toMatchObject({
      code: 'recipe-invalid',
      faults: [{ message: expect.stringMatching(/a: .*Git LFS pointer/) as unknown }],
    });
    const { output } = await run(LINEAR, { a: fieldModel(2, 3), b: damaged });
    expect(output.files.size).toBeGreaterThan(4);
  });
});

describe('layers', () => {
  const models = { a: fieldModel(1, 3), b: fieldModel(2, 3) };
  const skip = (layer: number) => `${LINEAR}tensors: [{ filter: layers.${layer}, rule: skip }]`;

  it('that a rule leaves out at the end are not counted', async () => {
    const { output } = await run(skip(1), models);
    expect(jsonOf(output.files, 'config.json')).toHaveProperty('num_hidden_layers', 1);
    const config = { num_hidden_layers: undefined };
    const unsaid = { a: fieldModel(1, 3, { config }), b: fieldModel(2, 3, { config }) };
    const { output: said } = await run(LINEAR, unsaid);
    expect(jsonOf(said.files, 'config.json')).toHaveProperty('num_hidden_layers', 2);
  });

  it('are not left out in between', async () => {
    await expect(run(skip(0), models)).rejects.toMatchObject({
      code: 'recipe-invalid',
      faults: [{ place: 'tensors "model.layers.0.…"' }],
    });
  });
});
