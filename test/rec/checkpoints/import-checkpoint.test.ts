import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { blobSource, bytesSource } from '../../../src/io/byte-source.ts';
import { readSafetensors } from '../../../src/io/safetensors.ts';
import { wordLevelTokenizer } from '../../../src/io/word-level-tokenizer.ts';
import { EMBEDDING, HEAD, parameterLayout } from '../../../src/nn/transformer/layout.ts';
import { fillArena, tensorOf } from '../../../src/nn/graph/parameter-table.ts';
import {
  jsonBytes,
  safetensorsBytes,
  shardedFolder,
  sourcesOf,
  TINY,
  tinyArena,
  tinyFolder,
  tinyTensors,
} from '../../support/models/tiny-checkpoint.ts';
import { wholeCheckpoint } from '../../support/models/whole-checkpoint.ts';
import type { FloatType } from '../../support/models/tiny-checkpoint.ts';
import { OPTIONS, errorOf, withWeights, withConfig, vector } from './changed-folders.ts';

const UNTIED = { ...TINY, tied: false, qkNorm: false, heads: 4, kvHeads: 2 };

function tokenizerOf(count: number): Uint8Array<ArrayBuffer> {
  const rest = Array.from({ length: count - 3 }, (_, i) => `<a_${String(i)}>`);
  return jsonBytes(wordLevelTokenizer(['<pad>', '<bos>', '<eos>', ...rest], 32).tokenizerJson);
}

describe('a checkpoint becomes an arena', () => {
  const types: readonly FloatType[] = ['F32', 'F16', 'BF16'];
  test.each(types)('%s, tied and untied, whole and in shards', async (dtype) => {
    for (const config of [TINY, UNTIED]) {
      for (const folder of [
        tinyFolder(config, dtype),
        shardedFolder(config, dtype, 1),
        shardedFolder(config, dtype, 3),
      ]) {
        const found = await wholeCheckpoint(sourcesOf(folder), OPTIONS);
        expect(found.config).toEqual(config);
        const expected = tinyArena(config);
        // BF16 keeps 8 bits of these values, the others all.
        if (dtype !== 'BF16') expect(found.arena).toEqual(expected);
        const errors = found.arena.map((value, i) => Math.abs(value - (expected[i] ?? NaN)));
        expect(Math.max(...errors)).toBeLessThan(dtype === 'BF16' ? 2 ** -9 : 1e-30);
        expect([found.tokenizerJson, found.ignored]).toEqual([null, []]);
      }
    }
  });

  test('from a chosen folder with other files', async () => {
    const folder = tinyFolder();
    folder.set('tokenizer.json', tokenizerOf(12));
    folder.set('generation_config.json', jsonBytes({ eos_token_id: [2, 5] }));
    folder.set('old/config.json', jsonBytes({ model_type: 'bert' }));
    folder.set('old/model.safetensors', new Uint8Array(3));
    const found = await wholeCheckpoint(
      [...sourcesOf(folder, 'Qwen/tiny/'), bytesSource('Qwen/notes.txt', new Uint8Array(1))],
      { needsTokenizer: true },
    );
    expect(found.arena).toEqual(tinyArena(TINY));
    expect(found.generationConfigJson).toEqual({ eos_token_id: [2, 5] });
    expect(found.tokenizerJson).toHaveProperty('model.vocab');
    const total = [...tinyTensors(TINY, 'F32').values()].reduce((n, t) => n + t.bytes.length, 0);
    expect(found.weights.sizeBytes).toBe(total);
  });

  test('a tensor is read in pieces, never the file at once', async () => {
    const config = { ...TINY, vocabSize: 140_000 };
    const bytes = safetensorsBytes(tinyTensors(config, 'F32'));
    const folder = new Map([...tinyFolder(config), ['model.safetensors', bytes]]);
    let most = 0;
    const sources = sourcesOf(folder).map((source) => ({
      ...source,
      read: (start: number, end: number) => {
        most = Math.max(most, end - start);
        return source.read(start, end);
      },
    }));
    const { arena } = await wholeCheckpoint(sources, OPTIONS);
    const expected = Buffer.from(tinyArena(config).buffer);
    expect(Buffer.from(arena.buffer).equals(expected)).toBe(true);
    expect(bytes.length).toBeGreaterThan(4 * 2 ** 20);
    expect(most).toBeLessThanOrEqual(4 * 2 ** 20);
  });

  test('names without "model.", rotary buffers and the copy of a tied head', async () => {
    const bare = withWeights((tensors) => {
      for (const [name, tensor] of [...tensors]) {
        tensors.delete(name);
        tensors.set(name.replace(/^model\./, ''), tensor);
      }
    });
    expect((await wholeCheckpoint(sourcesOf(bare), OPTIONS)).arena).toEqual(tinyArena(TINY));
    const more = withWeights((tensors) => {
      tensors.set('model.layers.0.self_attn.rotary_emb.inv_freq', vector(4));
      tensors.set(HEAD, tensors.get(EMBEDDING) ?? vector(1));
    });
    const found = await wholeCheckpoint(sourcesOf(more), OPTIONS);
    expect(found.arena).toEqual(tinyArena(TINY));
    expect(found.ignored).toEqual(['model.layers.0.self_attn.rotary_emb.inv_freq', HEAD]);
  });

  const golden = '../shared/golden/transformer';
  test.skipIf(!existsSync(golden)).each(['llama-tied', 'qwen3-tied', 'qwen3-untied-wide-heads'])(
    'golden %s',
    async (name) => {
      const bytes = (file: string) => new Uint8Array(readFileSync(`${golden}/${name}/${file}`));
      const files = ['config.json', 'model.safetensors'].map((file) =>
        blobSource(file, new Blob([bytes(file)])),
      );
      const { arena, config } = await wholeCheckpoint(files, OPTIONS);
      const file = readSafetensors(bytes('model.safetensors'), name);
      const tensors = [...file.tensors].map(
        ([key, { shape }]) => [key, { shape, data: file.floats(key) }] as const,
      );
      expect(arena).toEqual(fillArena(parameterLayout(config), new Map(tensors)));
      expect(config.tied).toBe(!name.includes('untied'));
    },
  );
});

describe('config.json', () => {
  const cases: readonly [string, Record<string, unknown>, RegExp][] = [
    ['experts', { model_type: 'qwen3_moe' }, /"qwen3_moe" has experts/],
    ['another kind', { model_type: 'qwen2' }, /"qwen2" has attention biases; qwen3 and llama/],
    ['an unknown kind', { model_type: 'zebra' }, /"zebra" is another kind of model/],
    ['no kind', { model_type: undefined }, /received undefined/],
    ['attention biases', { attention_bias: true }, /attention biases/],
    ['mlp biases', { mlp_bias: true }, /biases of the feed-forward/],
    ['scaled rotary', { rope_scaling: { rope_type: 'yarn', factor: 4 } }, /scaled rotary/],
    ['scaled rotary, old', { rope_scaling: { type: 'linear', factor: 4 } }, /scaled rotary/],
    ['scaled rotary, v5', { rope_parameters: { rope_type: 'llama3' } }, /scaled rotary/],
    ['partly rotated', { partial_rotary_factor: 0.5 }, /partly rotated/],
    ['sliding windows', { use_sliding_window: true }, /sliding windows/],
    ['a sliding layer', { layer_types: ['full_attention', 'sliding_attention'] }, /full attention/],
    ['quantised', { quantization_config: { bits: 4 } }, /quantised/],
    ['another activation', { hidden_act: 'gelu' }, /silu/],
    ['a size that is no number', { hidden_size: '8' }, /Expected number/],
  ];

  test.each(cases)('%s', async (_name, changes, message) => {
    const error = await errorOf(withConfig(changes));
    expect(error.code).toBe('layout-mismatch');
    expect(error.faults).toHaveLength(1);
    expect(error.faults[0]?.place).toContain(Object.keys(changes)[0]);
    expect(error.faults[0]?.message).toMatch(message);
  });

  test('fields that change nothing are accepted, in both dialects', async () => {
    const changes = {
      rope_theta: undefined,
      rope_parameters: { rope_type: 'default', rope_theta: 10_000 },
      rope_scaling: null,
      layer_types: ['full_attention', 'full_attention'],
      use_sliding_window: false,
      sliding_window: 4096,
      head_dim: 8,
      attention_bias: null,
    };
    const found = await wholeCheckpoint(sourcesOf(withConfig(changes)), OPTIONS);
    expect(found.config).toEqual(TINY);
    const llama = withConfig({ head_dim: null }, { ...UNTIED, width: 32, vocabSize: 4 });
    expect((await wholeCheckpoint(sourcesOf(llama), OPTIONS)).config.headWidth).toBe(8);
  });

  test.each([
    [
      'the parameters before the top',
      { rope_theta: 1e4, rope_parameters: { rope_theta: 1e6 } },
      1e6,
    ],
    [
      'the older name before the newer',
      {
        rope_theta: 1e4,
        rope_scaling: { type: 'default', rope_theta: 5e5 },
        rope_parameters: { rope_theta: 1e6 },
      },
      5e5,
    ],
    [
      'the top where they say nothing',
      { rope_theta: 2e4, rope_parameters: { rope_type: 'default' } },
      2e4,
    ],
    ['what the family has', { rope_theta: undefined }, 1e4],
  ])('rotary base: %s, as in Transformers', async (_name, changes, expected) => {
    const found = await wholeCheckpoint(sourcesOf(withConfig(changes)), OPTIONS);
    expect(found.config.ropeTheta).toBe(expected);
  });

  test('sizes that the kernels do not run', async () => {
    const error = await errorOf(withConfig({ head_dim: 256 }));
    expect(error.code).toBe('layout-mismatch');
    expect(error.message).toMatch(/^config.json: .*headWidth 256/);
  });

  test('missing, twice, no JSON', async () => {
    const without = tinyFolder();
    without.delete('config.json');
    expect((await errorOf(without)).message).toBe('The folder lacks config.json.');
    const two = [...sourcesOf(tinyFolder(), 'a/'), ...sourcesOf(tinyFolder(), 'b/')];
    await expect(wholeCheckpoint(two, OPTIONS)).rejects.toThrow('two checkpoints');
    const text = new TextEncoder();
    for (const bad of [text.encode('{"a":'), text.encode('[]'), new Uint8Array([0xff, 0xfe])]) {
      const error = await errorOf(new Map([...tinyFolder(), ['config.json', bad]]));
      expect(error.code).toBe('data-invalid');
      expect(error.message).toContain('config.json');
    }
  });
});

describe('tokenizer.json', () => {
  test('missing where it is needed, larger than the embedding, damaged', async () => {
    const missing = await errorOf(tinyFolder(), { needsTokenizer: true });
    expect(missing.message).toBe('The folder lacks tokenizer.json.');
    const large = await errorOf(new Map([...tinyFolder(), ['tokenizer.json', tokenizerOf(13)]]));
    expect(large.code).toBe('layout-mismatch');
    expect(large.faults[0]?.message).toBe('uses ids up to 12, the embedding has 12 rows');
    const bad = await errorOf(new Map([...tinyFolder(), ['tokenizer.json', jsonBytes({})]]));
    expect(bad.code).toBe('data-invalid');
  });
});

test('tensors of the arena are those of the files by name', async () => {
  const { arena, layout } = await wholeCheckpoint(sourcesOf(tinyFolder(UNTIED)), OPTIONS);
  const expected = tinyTensors(UNTIED, 'F32').get(HEAD);
  expect(new Uint8Array(tensorOf(layout, arena, HEAD).slice().buffer)).toEqual(expected?.bytes);
});
