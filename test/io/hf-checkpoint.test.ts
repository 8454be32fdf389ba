import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { arenaSource, PIECE_LENGTH } from '../../src/core/arena-source.ts';
import { layoutOf } from '../../src/core/layout.ts';
import {
  checkpointFolderPieces,
  readCheckpointFolder,
  writeCheckpointFolder,
} from '../../src/io/hf-checkpoint.ts';
import type { CheckpointFolder, FolderFile } from '../../src/io/hf-checkpoint.ts';
import { wordLevelTokenizer } from '../../src/io/word-level-tokenizer.ts';
import { writeSafetensors } from '../../src/io/safetensors-write.ts';

const layout = layoutOf([
  [
    { name: 'q.weight', shape: [3, 5] },
    { name: 'k.weight', shape: [2, 5] },
  ],
  [{ name: 'norm.weight', shape: [5] }],
]);

function folder(): CheckpointFolder {
  return {
    layout,
    arena: Float32Array.from({ length: layout.length }, (_, index) => index / 7),
    configJson: { model_type: 'qwen3', hidden_size: 5 },
    generationConfigJson: { eos_token_id: 2 },
    ...wordLevelTokenizer(['<pad>', '<bos>', '<eos>', '<a_0>'], 64),
    semanticIdsJson: { item: ['<a_0>'] },
    mmgridJson: { schema: 'mmgrid/1' },
    readme: '# A model\n',
  };
}

function textOf(files: readonly FolderFile[], path: string): unknown {
  const file = files.find((candidate) => candidate.path === path);
  return JSON.parse(new TextDecoder().decode(file?.bytes));
}

test('what is written is read back, tensor for tensor', () => {
  const input = folder();
  const files = writeCheckpointFolder(input);
  expect(files.map(({ path }) => path)).toEqual([
    'model.safetensors',
    'config.json',
    'generation_config.json',
    'tokenizer.json',
    'tokenizer_config.json',
    'semantic_ids.json',
    'mmgrid.json',
    'README.md',
  ]);
  const { config, tensors } = readCheckpointFolder(files);
  expect(config).toEqual(input.configJson);
  expect(tensors.size).toBe(3);
  for (const { name, shape, offset, size } of layout.entries) {
    expect(tensors.get(name)?.shape).toEqual(shape);
    expect(tensors.get(name)?.data).toEqual(input.arena.slice(offset, offset + size));
  }
  expect(writeCheckpointFolder(folder())).toEqual(files);
  expect(textOf(files, 'semantic_ids.json')).toEqual({ item: ['<a_0>'] });
});

test('in pieces it is the same bytes, whether the arena is in memory or read', async () => {
  const long = layoutOf([
    [{ name: 'w', shape: [3, PIECE_LENGTH / 2 + 7] }],
    [{ name: 'b', shape: [5] }],
  ]);
  const arena = Float32Array.from({ length: long.length }, (_, i) => (i % 1009) / 7);
  const input = { ...folder(), layout: long };
  const whole = writeCheckpointFolder({ ...input, arena });
  for (const given of [arena, arenaSource(arena)]) {
    const joined = new Map<string, Buffer>();
    let pieces = 0;
    for await (const { path, bytes } of checkpointFolderPieces({ ...input, arena: given })) {
      expect(joined.has(path) && [...joined.keys()].at(-1) !== path, 'in order').toBe(false);
      joined.set(path, Buffer.concat([joined.get(path) ?? Buffer.alloc(0), bytes]));
      pieces += 1;
    }
    expect(pieces).toBe(whole.length - 1 + 4);
    expect([...joined.keys()]).toEqual(whole.map(({ path }) => path));
    for (const { path, bytes } of whole) {
      expect(Buffer.compare(joined.get(path) ?? Buffer.alloc(0), bytes), path).toBe(0);
    }
  }
  const short = checkpointFolderPieces({ ...folder(), arena: new Float32Array(4) });
  await expect(short.next()).rejects.toThrow('4 parameters for a layout');
});

test('without semantic ids that file is left out', () => {
  const paths = writeCheckpointFolder({ ...folder(), semanticIdsJson: null }).map(
    ({ path }) => path,
  );
  expect(paths).not.toContain('semantic_ids.json');
});

test('an arena of another size is refused', () => {
  expect(() => writeCheckpointFolder({ ...folder(), arena: new Float32Array(4) })).toThrow(
    /4 parameters/,
  );
});

describe('reading', () => {
  const files = writeCheckpointFolder(folder());
  const data = new Float32Array(1);

  test('names what is missing', () => {
    expect(() => readCheckpointFolder([])).toThrow('lacks config.json and model.safetensors');
    expect(() => readCheckpointFolder(files.slice(0, 1))).toThrow('lacks config.json.');
  });

  test('shards are joined, optimizer state ignored, a tensor in two files refused', () => {
    const shard = (path: string, name: string): FolderFile => ({
      path,
      bytes: writeSafetensors([{ name, shape: [1], data }]),
    });
    const sharded = [
      ...files,
      shard('model-2.safetensors', 'x'),
      shard('optimizer.safetensors', 'x'),
    ];
    expect(readCheckpointFolder(sharded).tensors.size).toBe(4);
    expect(() => readCheckpointFolder([...files, shard('b.safetensors', 'q.weight')])).toThrow(
      'b.safetensors: tensor "q.weight" is in two files',
    );
  });

  test('a config that is no JSON object', () => {
    for (const text of ['{', '[]', '7']) {
      const bad = files.map((file) =>
        file.path === 'config.json' ? { ...file, bytes: new TextEncoder().encode(text) } : file,
      );
      expect(() => readCheckpointFolder(bad)).toThrow('config.json is no JSON object');
    }
  });
});

describe('wordLevelTokenizer', () => {
  test('ids follow the order given, wherever the special tokens stand', () => {
    const { tokenizerJson, tokenizerConfigJson } = wordLevelTokenizer(
      ['<a_0>', '<eos>', '<pad>', '<bos>'],
      64,
    );
    expect(tokenizerJson).toMatchObject({
      model: { type: 'WordLevel', vocab: { '<a_0>': 0, '<eos>': 1, '<pad>': 2, '<bos>': 3 } },
      added_tokens: [
        { id: 1, content: '<eos>', special: true },
        { id: 2, content: '<pad>', special: true },
        { id: 3, content: '<bos>', special: true },
      ],
    });
    expect(tokenizerConfigJson).toMatchObject({ model_max_length: 64, pad_token: '<pad>' });
  });

  test('repeated, spaced and missing tokens are refused', () => {
    expect(() => wordLevelTokenizer(['<pad>', '<bos>', '<eos>', '<pad>'], 8)).toThrow(/twice/);
    expect(() => wordLevelTokenizer(['<pad>', '<bos>', '<eos>', 'a b'], 8)).toThrow(/white space/);
    expect(() => wordLevelTokenizer(['<pad>', '<bos>'], 8)).toThrow('lacks the token <eos>');
  });
});

const golden = new URL('../../../shared/golden/transformer/qwen3-tied/', import.meta.url);
test.skipIf(!existsSync(golden))('a golden folder (../shared/golden/transformer)', () => {
  const files = readdirSync(golden).map((path) => ({
    path,
    bytes: new Uint8Array(readFileSync(new URL(path, golden))),
  }));
  const { config, tensors } = readCheckpointFolder(files);
  expect(config['model_type']).toBe('qwen3');
  expect(tensors.get('model.norm.weight')?.shape).toEqual([config['hidden_size']]);
});
