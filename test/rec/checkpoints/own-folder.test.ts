import { describe, expect, it } from 'vitest';
import { tensorsOf } from '../../../src/io/hf-checkpoint.ts';
import { writeSafetensors, type NamedTensor } from '../../../src/io/safetensors-write.ts';
import {
  behaviourTable,
  feedForwardOf,
  type BehaviourConfig,
} from '../../../src/nn/behaviour-model/behaviour-layout.ts';
import {
  compactIdTable,
  type CompactIdConfig,
} from '../../../src/nn/compact-id-model/compact-id-layout.ts';
import { importBehaviour } from '../../../src/rec/checkpoints/import-behaviour.ts';
import { importCompact } from '../../../src/rec/checkpoints/import-compact.ts';
import { errorOf } from '../../support/error-of.ts';
import { jsonBytes, sourcesOf } from '../../support/models/tiny-checkpoint.ts';

const COMPACT: CompactIdConfig = {
  ...{ levels: 2, codesPerLevel: 4, nodes: 6, prefixVectors: false, trieLoss: true, width: 16 },
  ...{ layers: 1, heads: 2, kvHeads: 1, headWidth: 8, feedForward: 32, qkNorm: false },
  ...{ normEps: 1e-6, ropeTheta: 10_000, maxPositions: 16 },
};
const BEHAVIOUR: BehaviourConfig = {
  ...{ items: 4, features: [], numeric: 0, width: 16, layers: 1, heads: 2, maxPositions: 8 },
};

/** A kind of folder that is written here: its layout, its other files, its reader. */
const FOLDERS = [
  {
    model: 'a compact model',
    layout: compactIdTable(COMPACT).layout,
    files: {
      'config.json': {
        ...{ model_type: 'mmgrid-compact-ids', id_levels: 2, codes_per_level: 4, num_prefixes: 6 },
        ...{ prefix_vectors: false, trie_loss: true, hidden_size: 16, num_hidden_layers: 1 },
        ...{ num_attention_heads: 2, num_key_value_heads: 1, head_dim: 8, intermediate_size: 32 },
        ...{ max_position_embeddings: 16, rms_norm_eps: 1e-6, rope_theta: 10_000 },
      },
    },
    read: importCompact,
    foreign: 'prefix_vectors.weight',
  },
  {
    model: 'a behaviour model',
    layout: behaviourTable(BEHAVIOUR, false).layout,
    files: {
      'config.json': {
        ...{ model_type: 'mmgrid-behaviour', num_items: 4, features: [], hidden_size: 16 },
        ...{ num_hidden_layers: 1, num_attention_heads: 2, max_position_embeddings: 8 },
        ...{ rms_norm_eps: 1e-5, rope_theta: 10_000, intermediate_size: feedForwardOf(16) },
      },
      'vocabulary.json': { items: ['', 'A/x', 'A/y', 'A/z'], features: [] },
    },
    read: importBehaviour,
    foreign: 'lm_head.weight',
  },
];

describe.each(FOLDERS)('the weights of $model', ({ model, layout, files, read, foreign }) => {
  const arena = Float32Array.from({ length: layout.length }, (_, at) => at / 8);
  const own = tensorsOf(layout, arena);
  const open = (tensors: readonly NamedTensor[], options = {}) => {
    const texts = Object.entries(files).map(([name, json]) => [name, jsonBytes(json)] as const);
    const weights = ['model.safetensors', writeSafetensors(tensors)] as const;
    return read(sourcesOf(new Map([...texts, weights])), options);
  };

  it('come to the places that the layout has for them', async () => {
    const seen: (readonly [number, number])[] = [];
    const onProgress = (done: number, total: number) => seen.push([done, total]);
    const { parameters, ignored, weights } = await open(own, { onProgress });
    for (const { name, offset, size } of layout.entries) {
      const values = arena.slice(offset, offset + size);
      expect(parameters.slice(offset, offset + size), name).toEqual(values);
    }
    const bytes = 4 * layout.entries.reduce((sum, { size }) => sum + size, 0);
    expect(ignored).toEqual([]);
    expect(weights).toEqual({ sizeBytes: bytes, types: ['F32'] });
    expect(seen.at(-1)).toEqual([bytes, bytes]);
    expect(seen).toHaveLength(layout.entries.length);
  });

  it('are refused as a whole with all that is missing, misshapen or foreign', async () => {
    const [first, second, ...rest] = own;
    if (first === undefined || second === undefined) throw new Error('too few tensors');
    const flat = { ...second, shape: [second.shape.reduce((size, by) => size * by, 1), 1] };
    const other = { name: foreign, shape: [2], data: new Float32Array(2) };
    const seen: number[] = [];
    const onProgress = (done: number) => seen.push(done);
    const error = await errorOf(open([flat, ...rest, other], { onProgress }));
    expect(error).toMatchObject({
      code: 'layout-mismatch',
      message: '3 tensors do not fit the model of config.json.',
      hint: 'Export the model again, and keep the files of a folder together. Nothing was loaded.',
      faults: [
        { place: `tensor "${first.name}"`, message: 'is missing' },
        {
          place: `tensor "${second.name}"`,
          message: `is [${flat.shape.join(', ')}], config.json asks for [${second.shape.join(', ')}]`,
        },
        { place: `tensor "${foreign}"`, message: `is no part of ${model} of these sizes` },
      ],
    });
    expect(seen).toEqual([]);
  });

  it('are refused for a single foreign tensor', async () => {
    const other = { name: foreign, shape: [2], data: new Float32Array(2) };
    const error = await errorOf(open([...own, other]));
    expect(error).toMatchObject({ faults: [{ place: `tensor "${foreign}"` }] });
  });
});
