import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { blobSource } from '../../../src/io/byte-source.ts';
import { EMBEDDING, HEAD } from '../../../src/nn/transformer/layout.ts';
import {
  jsonBytes,
  shardedFolder,
  sourcesOf,
  TINY,
  tinyFolder,
} from '../../support/models/tiny-checkpoint.ts';
import { wholeCheckpoint } from '../../support/models/whole-checkpoint.ts';
import type { RawTensor } from '../../support/models/tiny-checkpoint.ts';
import { OPTIONS, errorOf, withWeights, withConfig, vector } from './changed-folders.ts';

describe('weights', () => {
  const layer = 'model.layers.1';
  const cases: readonly [string, (tensors: Map<string, RawTensor>) => void, string, RegExp][] = [
    ['missing', (t) => t.delete(`${layer}.mlp.up_proj.weight`), 'mlp.up_proj', /^is missing$/],
    ['no q/k norm', (t) => t.delete(`${layer}.self_attn.q_norm.weight`), 'q_norm', /no qwen3/],
    ['misshapen', (t) => t.set('model.norm.weight', vector(9)), 'norm', /is \[9\], .* \[8\]/],
    [
      'bias',
      (t) => t.set(`${layer}.self_attn.q_proj.bias`, vector(8)),
      'q_proj.bias',
      /attention b/,
    ],
    [
      'experts',
      (t) => t.set(`${layer}.mlp.experts.0.up_proj.weight`, vector(8)),
      'experts',
      /experts/,
    ],
    [
      'LayerNorm',
      (t) => t.set(`${layer}.input_layernorm.bias`, vector(8)),
      'layernorm',
      /LayerNorm/,
    ],
    [
      'Gemma',
      (t) => t.set(`${layer}.pre_feedforward_layernorm.weight`, vector(8)),
      'pre_',
      /around/,
    ],
    [
      'adapter',
      (t) => t.set(`${layer}.self_attn.q_proj.lora_A.weight`, vector(8)),
      'lora',
      /merge/,
    ],
    [
      'more layers',
      (t) => t.set('model.layers.2.mlp.up_proj.weight', vector(8)),
      'layers.2',
      /no part/,
    ],
    ['quantised', (t) => t.set(`${layer}.mlp.up_proj.qweight`, vector(8)), 'qweight', /quantised/],
  ];

  test.each(cases)('%s: says which tensor and why', async (_name, change, place, message) => {
    const error = await errorOf(withWeights(change));
    expect(error.code).toBe('layout-mismatch');
    expect(error.faults).toHaveLength(1);
    expect(error.faults[0]?.place).toContain(place);
    expect(error.faults[0]?.message).toMatch(message);
  });

  test('q/k norms where config.json says llama, no head where it says untied', async () => {
    const llama = await errorOf(withConfig({ model_type: 'llama' }));
    expect(llama.faults).toHaveLength(4);
    expect(llama.faults[0]?.message).toMatch(/belong to qwen3/);
    const untied = await errorOf(withConfig({ tie_word_embeddings: false }));
    expect(untied.faults[0]).toEqual({
      place: `tensor "${HEAD}"`,
      message: 'is missing, and config.json does not tie it to the embedding',
    });
  });

  test('a file cut off anywhere', async () => {
    const whole = tinyFolder().get('model.safetensors') ?? new Uint8Array(0);
    for (const length of [0, 5, 8, 100, whole.length - 1]) {
      const error = await errorOf(
        new Map([...tinyFolder(), ['model.safetensors', whole.slice(0, length)]]),
      );
      expect(error.code).toBe('safetensors-invalid');
    }
  });

  test('a type that is no float32, float16 or bfloat16', async () => {
    const folder = withWeights((tensors) => {
      const tensor = { shape: [1], dtype: 'F64' as 'F32', bytes: new Uint8Array(8) };
      tensors.set('model.norm.weight', tensor);
    });
    expect((await errorOf(folder)).message).toMatch(/"model.norm.weight" has the type F64/);
  });

  test('not a number', async () => {
    const folder = withWeights((tensors) => {
      const norm = vector(8);
      new Float32Array(norm.bytes.buffer)[3] = NaN;
      tensors.set('model.norm.weight', norm);
    });
    const error = await errorOf(folder);
    expect(error.code).toBe('non-finite');
    expect(error.message).toMatch(/"model.norm.weight" has NaN at element 3/);
  });

  test('no weights, pickled weights', async () => {
    const folder = tinyFolder();
    folder.delete('model.safetensors');
    expect((await errorOf(folder)).message).toBe('The folder lacks model.safetensors.');
    folder.set('pytorch_model.bin', new Uint8Array(4));
    expect((await errorOf(folder)).hint).toMatch(/pytorch_model.bin would run code/);
  });

  test('an index that does not fit its shards', async () => {
    const index = 'model.safetensors.index.json';
    const first = 'model-00001-of-00002.safetensors';
    const without = shardedFolder(TINY, 'F32', 2);
    without.delete(first);
    const error = await errorOf(without);
    expect(error.code).toBe('checkpoint-missing');
    expect(error.message).toBe(`The folder lacks ${first}.`);
    const folder = shardedFolder(TINY, 'F32', 2);
    const listed = JSON.parse(new TextDecoder().decode(folder.get(index))) as {
      weight_map: Record<string, string>;
    };
    const swap = (map: Record<string, unknown>) =>
      new Map([...folder, [index, jsonBytes({ weight_map: map })]]);
    expect((await errorOf(swap({ ...listed.weight_map, x: first }))).message).toMatch(
      /"x" is in the index, but not in the file/,
    );
    const rest = Object.fromEntries(
      Object.entries(listed.weight_map).filter(([name]) => name !== EMBEDDING),
    );
    expect((await errorOf(swap(rest))).message).toMatch(/embed_tokens.*is not in the index/);
    for (const bad of ['../x.safetensors', 'a/b.safetensors', 'x.bin', 7]) {
      expect((await errorOf(swap({ x: bad }))).code).toBe('data-invalid');
    }
    for (const bad of ['{', '[]', '{"weight_map":[]}', '{"weight_map":{}}']) {
      const bytes = new TextEncoder().encode(bad);
      expect((await errorOf(new Map([...folder, [index, bytes]]))).code).toBe('data-invalid');
    }
  });

  test('a file that shrinks while it is read', async () => {
    const short = blobSource('model.safetensors', new Blob([new Uint8Array(400)]));
    const sources = sourcesOf(tinyFolder()).map((source) =>
      source.path === 'config.json' ? source : { ...short, size: source.size },
    );
    await expect(wholeCheckpoint(sources, OPTIONS)).rejects.toBeInstanceOf(AppError);
  });
});
