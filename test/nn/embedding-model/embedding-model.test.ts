import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import {
  createEmbeddingModel,
  embeddingTable,
  ITEM_TOKEN,
  LOGIT_SCALE,
} from '../../../src/nn/embedding-model/embedding-layout.ts';
import { embeddingModel } from '../../../src/nn/embedding-model/embedding-model.ts';
import { GatherIndex } from '../../../src/nn/inputs/gather-index.ts';
import { initialParameters } from '../../../src/nn/transformer/init.ts';
import { parameterLayout } from '../../../src/nn/transformer/layout.ts';
import { tensorOf } from '../../../src/nn/graph/parameter-table.ts';
import { LimitedCpu } from '../../support/machine/limited-device.ts';
import {
  BASE,
  BATCH,
  checkDifferences,
  checkGradients,
  checkMemory,
  checkPadding,
  LAYOUT,
} from '../../support/models/embedding-model.ts';

/** 192 rows of the embedding, and the widest activation. */
const SMALL = { maxBufferSize: 12288, maxStorageBufferBindingSize: 12288 };

describe('the embedding model on the CPU executor', () => {
  it('has the gradient that central differences give', () => checkDifferences());
  it('has the gradients of float64', () => checkGradients(createCpuExecutor()));
  it('does not see padding', () => checkPadding(createCpuExecutor()));
  it('takes what was estimated, in one buffer, in shards and in ranges', () =>
    checkMemory(createCpuExecutor(), new LimitedCpu(SMALL)));
});

describe('an embedding model made from a language model', () => {
  const base = initialParameters(BASE, 3);
  const source = parameterLayout(BASE);

  it('copies the body, and the first and last layer', () => {
    const arena = createEmbeddingModel(BASE, base, 5);
    const pairs = [
      ['item_encoder.model.embed_tokens.weight', 'model.embed_tokens.weight'],
      ['item_encoder.model.layers.1.mlp.up_proj.weight', 'model.layers.1.mlp.up_proj.weight'],
      ['item_encoder.model.norm.weight', 'model.norm.weight'],
      ['user_encoder.layers.0.self_attn.q_proj.weight', 'model.layers.0.self_attn.q_proj.weight'],
      ['user_encoder.layers.1.self_attn.q_proj.weight', 'model.layers.2.self_attn.q_proj.weight'],
      ['user_encoder.norm.weight', 'model.norm.weight'],
    ] as const;
    for (const [name, from] of pairs) {
      expect(tensorOf(LAYOUT, arena, name), name).toEqual(tensorOf(source, base, from));
    }
    expect(tensorOf(LAYOUT, arena, LOGIT_SCALE)[0]).toBe(Math.fround(Math.log(1 / 0.07)));
    expect(LAYOUT.entries.some(({ name }) => name.startsWith('user_encoder.layers.2'))).toBe(false);
    const filled = LAYOUT.entries.filter(({ name, size }) => {
      const values = tensorOf(LAYOUT, arena, name);
      return values.length === size && values.some((value) => value !== 0);
    });
    expect(filled).toHaveLength(LAYOUT.entries.length);
  });

  it('draws the item token from the seed, of deviation 0.02', () => {
    const token = (seed: number) =>
      tensorOf(LAYOUT, createEmbeddingModel(BASE, base, seed), ITEM_TOKEN);
    expect(token(5)).toEqual(token(5));
    expect(token(5)).not.toEqual(token(6));
    const deviation = Math.sqrt(token(5).reduce((sum, x) => sum + x * x, 0) / BASE.width);
    expect(deviation).toBeGreaterThan(0.01);
    expect(deviation).toBeLessThan(0.03);
  });

  it('has one user layer where the base has one, and no head', () => {
    const config = { ...BASE, layers: 1, tied: false };
    const { layout } = embeddingTable(config);
    const arena = createEmbeddingModel(config, initialParameters(config, 1), 1);
    expect(arena).toHaveLength(layout.length);
    const names = layout.entries.map(({ name }) => name);
    expect(names.filter((name) => name.startsWith('user_encoder.layers.1'))).toEqual([]);
    expect(names.filter((name) => name.includes('lm_head'))).toEqual([]);
  });

  it('refuses weights of another base', () => {
    expect(() => createEmbeddingModel(BASE, new Float32Array(64), 1)).toThrow(/do not fit/);
  });
});

describe('a batch of the embedding model', () => {
  const model = embeddingModel(BASE);
  const refusal = (change: Partial<typeof BATCH>) =>
    expect(() => model.countScored({ ...BATCH, ...change }));

  it('counts its scored positions', () => {
    expect(model.countScored(BATCH)).toBe(8);
  });
  it('is refused with tokens, items or lengths out of range', () => {
    refusal({ texts: [[300]] }).toThrow(/vocabulary/);
    refusal({ negatives: Uint32Array.of(0, 0, 0, 0, 0, 8) }).toThrow(/beyond its 8/);
    refusal({ tokens: 27 }).toThrow(/of 27/);
    refusal({ items: 7 }).toThrow(/of 7/);
    refusal({ texts: [...BATCH.texts.slice(1), new Array<number>(32).fill(1)] }).toThrow(/of 32/);
    refusal({ samples: 5 }).toThrow(/lengths of its shape/);
  });
});

describe('the index of a gather', () => {
  it('lists the used places of each row in order', () => {
    const index = new GatherIndex(7, 4);
    index.fill([2, 0, -1, 2, 3, -1, 2]);
    expect([...index.ids]).toEqual([2, 0, 0, 2, 3, 0, 2]);
    expect([...index.starts]).toEqual([0, 1, 1, 4, 5]);
    expect([...index.positions].slice(0, 5)).toEqual([1, 0, 3, 6, 4]);
    index.fill([1]);
    expect([...index.starts]).toEqual([0, 0, 1, 1, 1]);
  });
});
