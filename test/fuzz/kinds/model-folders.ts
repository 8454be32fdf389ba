import { bpeTokenizerFiles } from '../../../src/io/bpe/bpe-tokenizer-files.ts';
import { openTokenizer } from '../../../src/io/bpe/text-tokenizer.ts';
import { trainBpe } from '../../../src/io/bpe/train-bpe.ts';
import { bytesSource } from '../../../src/io/byte-source.ts';
import { openBase } from '../../../src/lab/checkpoints/opened-base.ts';
import {
  baseFolder,
  tinyFolder,
  shardedFolder,
  TINY,
} from '../../support/models/tiny-checkpoint.ts';
import {
  jsonFile,
  promise,
  textFile,
  textOf,
  type FuzzInput,
  type FuzzKind,
} from '../fuzz-kind.ts';
import { mutateBytes } from '../mutate/bytes.ts';
import { mutateJson } from '../mutate/json.ts';
import { oneIn, pick } from '../mutate/pick.ts';

/** Folders of models, as a base is chosen or comes from a hub: configuration, tokenizer, weights. */
export const modelFoldersKind: FuzzKind = {
  name: 'model-folders',
  reads: 'model folders: config.json, tokenizer.json, index and weights',
  refuses: [
    'data-invalid',
    'layout-mismatch',
    'checkpoint-missing',
    'safetensors-invalid',
    'non-finite',
    'limit-exceeded',
  ],
  seeds: () =>
    Promise.resolve([
      { name: 'words', input: filesOf(baseFolder(TINY, 'F16')) },
      {
        name: 'llama-shards',
        input: [
          ...filesOf(shardedFolder({ ...TINY, qkNorm: false, tied: false }, 'BF16', 2)),
          ...filesOf(baseFolder(TINY, 'F16')).filter(({ name }) => name === 'tokenizer.json'),
        ],
      },
      { name: 'byte-level', input: byteLevelFolder() },
      { name: 'pieces', input: withTokenizer(UNIGRAM) },
      { name: 'slow-pattern', input: withTokenizer(SPLIT) },
    ]),
  mutate(input, random) {
    const json = input.filter(({ name }) => name.endsWith('.json'));
    // Most of a folder is its weights, which have a kind of their own.
    const file = oneIn(12, random) ? pick(input, random) : pick(json, random);
    if (oneIn(20, random)) return input.filter((other) => other !== file);
    const isBytes = oneIn(8, random) || !file.name.endsWith('.json');
    const bytes = isBytes
      ? mutateBytes(file.bytes, random)
      : textFile('', mutateJson(textOf(file), random)).bytes;
    return input.map((other) => (other === file ? { ...file, bytes } : other));
  },
  async read(input) {
    const base = await openBase(input.map(({ name, bytes }) => bytesSource(`m/${name}`, bytes)));
    if (base.kind !== 'language-model') return;
    const { config } = base.model;
    const numbers = Object.values(config).filter((value) => typeof value === 'number');
    promise(
      numbers.every((value) => Number.isFinite(value) && value > 0),
      'a size is none',
    );
    const values = new Float32Array(base.parameters.length);
    await base.parameters.read(0, values);
    promise(values.every(Number.isFinite), 'a weight is no number');
    const tokenizer = openTokenizer(base.tokenizer.tokenizerJson);
    promise(tokenizer.vocabularySize <= config.vocabSize, 'a token without a row');
    for (const addedTokens of [true, false]) {
      const ids = tokenizer.encode(TEXT, { addedTokens });
      promise(
        ids.every((id) => Number.isInteger(id) && id >= 0 && id < config.vocabSize),
        'an id is none or has no row',
      );
      tokenizer.decode(ids);
    }
  },
};

const TEXT = 'word1 word2 the <eos> Größe 2 漢😀\n';

function filesOf(folder: ReadonlyMap<string, Uint8Array<ArrayBuffer>>): FuzzInput {
  return [...folder].map(([name, bytes]) => ({ name, bytes }));
}

function byteLevelFolder(): FuzzInput {
  const model = trainBpe(['the word is the word', 'other words'], {
    vocabularySize: 264,
    specialTokens: ['<pad>', '<bos>', '<eos>'],
    minFrequency: 1,
  });
  const roles = { pad: '<pad>', bos: '<bos>', eos: '<eos>' };
  const { tokenizerJson } = bpeTokenizerFiles(model, roles, 32);
  const config = { ...TINY, layers: 1, vocabSize: 264 };
  return [...filesOf(tinyFolder(config, 'BF16')), jsonFile('tokenizer.json', tokenizerJson)];
}

function withTokenizer(json: unknown): FuzzInput {
  return [...filesOf(tinyFolder(TINY, 'BF16')), jsonFile('tokenizer.json', json)];
}

const FLAGS = {
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
};
const UNIGRAM = {
  version: '1.0',
  added_tokens: [{ id: 0, content: '</s>', ...FLAGS }],
  normalizer: { type: 'Sequence', normalizers: [{ type: 'NFKC' }, { type: 'Lowercase' }] },
  pre_tokenizer: { type: 'Metaspace', replacement: '▁', add_prefix_space: true },
  decoder: { type: 'Metaspace', replacement: '▁', add_prefix_space: true },
  model: {
    type: 'Unigram',
    unk_id: 1,
    vocab: [
      ...[
        ['</s>', 0],
        ['<unk>', 0],
        ['▁', -2],
        ['▁word', -3.5],
        ['w', -5],
        ['o', -5],
        ['r', -5.5],
      ],
      ...[
        ['d', -6],
        ['1', -4],
        ['2', -4.25],
      ],
    ],
  },
};
const SPLIT = {
  version: '1.0',
  added_tokens: [{ id: 0, content: '</s>', ...FLAGS }],
  pre_tokenizer: {
    type: 'Sequence',
    pretokenizers: [
      { type: 'Split', pattern: { Regex: '\\w+|[^\\w\\s]+' }, behavior: 'Isolated', invert: false },
    ],
  },
  model: {
    type: 'WordLevel',
    vocab: { '</s>': 0, '[unk]': 1, word1: 2, the: 3 },
    unk_token: '[unk]',
  },
};
