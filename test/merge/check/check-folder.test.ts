import { describe, expect, it } from 'vitest';
import { checkFolder } from '../../../src/merge/check/check-folder.ts';
import { EMBED, fieldModel, HEAD, wordLevel, wordsTo } from '../../support/models/field-model.ts';
import { sourcesOf, type Folder } from '../../support/models/tiny-checkpoint.ts';

async function faultsOf(folder: Folder): Promise<string[]> {
  const { faults } = await checkFolder(sourcesOf(folder));
  return faults.map(({ place, message }) => `${place}: ${message}`);
}
const model = (changes: Parameters<typeof fieldModel>[2] = {}) => fieldModel(1, 8, changes);
const vocab = (count: number) => Object.fromEntries(wordsTo(count).map((word, id) => [word, id]));

describe('a folder', () => {
  it('that agrees has no fault', async () => {
    expect(await faultsOf(model())).toEqual([]);
    expect(await checkFolder(sourcesOf(model()))).toMatchObject({ rows: 8, tokens: 8, tensors: 5 });
    const tied = { tensors: { [HEAD]: null }, config: { tie_word_embeddings: true } };
    expect(await faultsOf(model(tied))).toEqual([]);
    expect(await faultsOf(model({ config: null, tokenizer: null }))).toEqual([]);
    const again = (name: string, values: Float32Array): void => {
      if (name === HEAD || name === EMBED) values.fill(3);
    };
    const twice = model({ change: again, config: { tie_word_embeddings: true } });
    expect(await faultsOf(twice)).toEqual([]);
    const blocks = { 'net.0.weight': [2, 2], 'net.2.weight': [2, 2] };
    expect(await faultsOf(model({ tensors: blocks }))).toEqual([]);
  });

  const cases: readonly [string, Folder, RegExp][] = [
    ['rows', model({ config: { vocab_size: 9 } }), /^config.json: vocab_size is 9, .* 8 rows$/],
    ['no rows said', model({ config: { vocab_size: undefined } }), /says no vocab_size/],
    [
      'rows of the language part',
      model({ config: { text_config: { vocab_size: 7 } } }),
      /… vocab_size is 7/,
    ],
    ['rows of the head', model({ tensors: { [HEAD]: [9, 4] } }), /"lm_head.weight": has 9 rows/],
    [
      'a head that is not there',
      model({
        tensors: { 'lm_head.weight': null, 'lm_head.bias': [8] },
        config: { tie_word_embeddings: false },
      }),
      /tie_word_embeddings is false, but there is no head/,
    ],
    [
      'a tied head that is there',
      model({ config: { tie_word_embeddings: true } }),
      /is true, but there is a head/,
    ],
    [
      'no word on the head',
      model({ config: { tie_word_embeddings: undefined } }),
      /does not say tie/,
    ],
    [
      'layers',
      model({ config: { num_hidden_layers: 3 } }),
      /num_hidden_layers is 3, but "model.layers" has 2/,
    ],
    [
      'a layer between',
      model({
        tensors: { 'model.layers.3.mlp.up_proj.weight': [8, 4] },
        config: { num_hidden_layers: 4 },
      }),
      /"model.layers.2.…": are missing/,
    ],
    [
      'kinds of layers',
      model({ config: { layer_types: ['full_attention'] } }),
      /1 entries for 2 layers/,
    ],
    [
      'types',
      model({ config: { torch_dtype: 'bfloat16' } }),
      /torch_dtype is bfloat16, the weights are F32/,
    ],
    [
      'tokens beyond',
      model({ tokenizer: wordsTo(9) }),
      /uses ids up to 8, the embedding has 8 rows/,
    ],
    [
      'a token number',
      model({ config: { eos_token_id: [1, 8] } }),
      /config.json: eos_token_id is 8, .* 8 rows/,
    ],
    [
      'a number without a token',
      model({ tokenizer: wordsTo(7), config: { pad_token_id: 7 } }),
      /pad_token_id is 7, which is no token/,
    ],
    [
      'generation',
      model({ files: { 'generation_config.json': { eos_token_id: 9 } } }),
      /^generation_config.json: eos/,
    ],
    [
      'a name',
      model({ tokenizerConfig: { pad_token: '<pad>' } }),
      /pad_token is "<pad>", which is no token/,
    ],
    [
      'a list of names',
      model({ tokenizerConfig: { additional_special_tokens: ['<x>'] } }),
      /additional_special_tokens is "<x>"/,
    ],
    [
      'an id of a name',
      model({ tokenizerConfig: { added_tokens_decoder: { 3: { content: 't4' } } } }),
      /"t4" at 3, tokenizer.json has it at 4/,
    ],
    [
      'numbers that readers give',
      model({ tokenizer: wordLevel({ ...vocab(3), t4: 4 }, [{ id: 3, content: 'x' }]) }),
      /"x" has the id 3, but is given 4/,
    ],
    [
      'weights that do not open',
      model().set('model.safetensors', new Uint8Array(4)),
      /too short for a header/,
    ],
    ['a tokenizer that does not open', model({ tokenizer: { model: {} } }), /tokenizer.json/],
  ];

  it.each(cases)('is told what does not: %s', async (_name, folder, fault) => {
    const found = await faultsOf(folder);
    expect(found.join('\n')).toMatch(new RegExp(fault.source, 'm'));
  });
});
