import { describe, expect, it } from 'vitest';
import { openTokenizer } from '../../../src/io/bpe/text-tokenizer.ts';
import type { FolderFile } from '../../../src/io/hf-checkpoint.ts';
import { bytesSource } from '../../../src/io/byte-source.ts';
import { readSafetensors } from '../../../src/io/safetensors.ts';
import type { CheckpointMeta } from '../../../src/lab/checkpoints/checkpoint-meta.ts';
import { exportEmbedding } from '../../../src/lab/paradigms/embedding/export-embedding.ts';
import { encoderUsage } from '../../../src/lab/paradigms/embedding/export-files.ts';
import {
  createEmbeddingModel,
  embeddingTable,
  ITEM_VECTORS,
} from '../../../src/nn/embedding-model/embedding-layout.ts';
import { initialParameters } from '../../../src/nn/transformer/init.ts';
import { tensorOf } from '../../../src/nn/graph/parameter-table.ts';
import { TINY, wordTokenizer } from '../../support/models/tiny-checkpoint.ts';
import { wholeCheckpoint } from '../../support/models/whole-checkpoint.ts';
import { faultsOfFolders } from '../../support/models/sound-folder.ts';

const CONFIG = { ...TINY, layers: 3, tied: false };
const TOKENS = { pad: 0, bos: 1, eos: 0 };
const META: CheckpointMeta = {
  schema: 'mmgrid/1',
  id: 'c'.repeat(64),
  name: 'Games/phase1/seed1',
  kind: 'train',
  experiment: 'x',
  engineVersion: '1.0',
  createdAt: '2026-01-02T00:00:00.000Z',
  adapter: { backend: 'cpu', name: 'CPU' },
  datasetDigest: 'd'.repeat(64),
  seed: 1,
  context: { domain: 'Games', stage: 'phase1' },
  config: CONFIG,
  paradigm: 'embedding',
  vocabulary: { levels: 0, codes: 0, text: CONFIG.vocabSize },
  semanticIds: {},
  settings: {},
  parents: [],
  steps: 3,
  curve: null,
};

function exported(config = CONFIG, words = ['chess', '[ITEM]']) {
  const arena = createEmbeddingModel(config, initialParameters(config, 3), 5);
  const tokenizer = { tokenizerJson: wordTokenizer(words), tokenizerConfigJson: {} };
  return { arena, ...exportEmbedding({ ...META, config }, arena, tokenizer, TOKENS) };
}

function bytesOf(files: readonly FolderFile[], path: string): Uint8Array<ArrayBuffer> {
  const file = files.find((candidate) => candidate.path === path);
  if (file === undefined) throw new Error(`no ${path}`);
  return file.bytes;
}

function jsonOf(files: readonly FolderFile[], path: string): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(bytesOf(files, path))) as Record<string, unknown>;
}

/** As the body of a Qwen3 of so many layers names them. */
function namesOfBody(layers: number, hasNorms = true): string[] {
  const layer = [
    'input_layernorm',
    'self_attn.q_proj',
    'self_attn.k_proj',
    'self_attn.v_proj',
    ...(hasNorms ? ['self_attn.q_norm', 'self_attn.k_norm'] : []),
    'self_attn.o_proj',
    'post_attention_layernorm',
    'mlp.gate_proj',
    'mlp.up_proj',
    'mlp.down_proj',
  ];
  const layerNames = Array.from({ length: layers }, (_, i) =>
    layer.map((name) => `layers.${String(i)}.${name}.weight`),
  ).flat();
  return ['embed_tokens.weight', ...layerNames, 'norm.weight'].sort();
}

describe('an embedding model as two folders', () => {
  it('has the names and shapes of a body without a head', () => {
    const { files } = exported();
    const { width, vocabSize } = CONFIG;
    const items = readSafetensors(
      bytesOf(files, 'item_encoder/model.safetensors'),
      'items',
    ).tensors;
    expect([...items.keys()].sort()).toEqual(namesOfBody(3));
    expect(items.get('embed_tokens.weight')?.shape).toEqual([vocabSize + 1, width]);
    const users = readSafetensors(
      bytesOf(files, 'user_encoder/model.safetensors'),
      'users',
    ).tensors;
    // The base's first and last layer.
    expect([...users.keys()].sort()).toEqual(namesOfBody(2));
    expect(users.get('embed_tokens.weight')?.shape).toEqual([1, width]);
    expect(users.get('layers.1.self_attn.q_proj.weight')?.shape).toEqual([16, width]);
    expect(jsonOf(files, 'item_encoder/config.json')).toMatchObject({
      model_type: 'qwen3',
      architectures: ['Qwen3Model'],
      vocab_size: vocabSize + 1,
      num_hidden_layers: 3,
      eos_token_id: 0,
    });
    expect(jsonOf(files, 'user_encoder/config.json')).toMatchObject({
      model_type: 'qwen3',
      vocab_size: 1,
      num_hidden_layers: 2,
      pad_token_id: null,
      eos_token_id: null,
    });
  });

  it('a Llama-shaped base gives Llama bodies', () => {
    const { files } = exported({ ...CONFIG, qkNorm: false });
    expect(jsonOf(files, 'user_encoder/config.json')).toMatchObject({
      model_type: 'llama',
      architectures: ['LlamaModel'],
    });
    const items = readSafetensors(
      bytesOf(files, 'item_encoder/model.safetensors'),
      'items',
    ).tensors;
    expect([...items.keys()].sort()).toEqual(namesOfBody(3, false));
  });

  it('holds every parameter: the arena can be put together again', async () => {
    const { files, arena, parts } = exported();
    expect(await faultsOfFolders(files)).toEqual([]);
    const { layout } = embeddingTable(CONFIG);
    const items = readSafetensors(bytesOf(files, 'item_encoder/model.safetensors'), 'items');
    const users = readSafetensors(bytesOf(files, 'user_encoder/model.safetensors'), 'users');
    const words = items.floats('embed_tokens.weight');
    const split = CONFIG.vocabSize * CONFIG.width;
    const partOf = (name: string): ArrayLike<number> => {
      if (name === 'item_token') return words.subarray(split);
      if (name === 'logit_scale') return Float32Array.of(parts.logitScale);
      if (name.endsWith('embed_tokens.weight')) return words.subarray(0, split);
      return name.startsWith('user_encoder.')
        ? users.floats(name.slice('user_encoder.'.length))
        : items.floats(name.slice('item_encoder.model.'.length));
    };
    for (const { name } of layout.entries) {
      expect(partOf(name), name).toEqual(tensorOf(layout, arena, name));
    }
    expect(users.floats('embed_tokens.weight').every((value) => value === 0)).toBe(true);
  });

  it('its tokenizer ends with the item token, whose row the folder names', () => {
    const { files, parts } = exported();
    // The words of the base have a token of that name already.
    expect(parts.itemToken).toEqual({ name: '[[ITEM]]', row: CONFIG.vocabSize });
    const tokenizer = openTokenizer(jsonOf(files, 'item_encoder/tokenizer.json'));
    expect(tokenizer.vocabularySize).toBe(CONFIG.vocabSize + 1);
    expect(tokenizer.encode('chess [[ITEM]]', { addedTokens: true })).toEqual([
      2,
      CONFIG.vocabSize,
    ]);
    expect(exported(CONFIG, ['chess']).parts.itemToken.name).toBe('[ITEM]');
  });

  it('vectors of items stand in a file of their own, which mmgrid.json names', async () => {
    const config = { ...CONFIG, itemVectors: 7 };
    const arena = createEmbeddingModel(config, initialParameters(CONFIG, 3), 5);
    const { layout } = embeddingTable(config);
    const vectors = tensorOf(layout, arena, ITEM_VECTORS);
    vectors.forEach((_, i) => (vectors[i] = i / 8));
    const tokenizer = { tokenizerJson: wordTokenizer(['chess']), tokenizerConfigJson: {} };
    const meta = { ...META, itemVectors: 7 };
    const { files, parts } = exportEmbedding(meta, arena, tokenizer, TOKENS);
    expect(parts.itemVectors).toBe('item_vectors.safetensors');
    const read = readSafetensors(bytesOf(files, 'item_vectors.safetensors'), 'vectors');
    expect(read.floats(ITEM_VECTORS)).toEqual(vectors);
    expect(read.tensors.get(ITEM_VECTORS)?.shape).toEqual([7, CONFIG.width]);
    expect(await faultsOfFolders(files)).toEqual([]);
    expect(encoderUsage(meta).io.join(' ')).toContain('not HLLM');
    expect(encoderUsage(META).io.join(' ')).not.toContain('not HLLM');
    expect(exported().parts).not.toHaveProperty('itemVectors');
  });

  it('the item encoder is a base again', async () => {
    const { files, arena } = exported();
    const sources = files.map(({ path, bytes }) => bytesSource(path, bytes));
    const own = sources.filter(({ path }) => path.startsWith('item_encoder/'));
    const { config, arena: read } = await wholeCheckpoint(own, { needsTokenizer: true });
    expect(config).toEqual({ ...CONFIG, tied: true, vocabSize: CONFIG.vocabSize + 1 });
    const words = tensorOf(
      embeddingTable(CONFIG).layout,
      arena,
      'item_encoder.model.embed_tokens.weight',
    );
    expect(read.subarray(0, words.length)).toEqual(words);
    await expect(wholeCheckpoint(sources, { needsTokenizer: true })).rejects.toThrow(
      /belong to two checkpoints/,
    );
  });
});
