import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { fromHfConfig, toHfConfig } from '../../../src/nn/transformer/hf-config.ts';
import { checkDescription } from '../../../src/rec/checkpoints/import-checkpoint.ts';
import { importBehaviour } from '../../../src/rec/checkpoints/import-behaviour.ts';
import { jsonBytes, sourcesOf, TINY, tinyFolder } from '../../support/models/tiny-checkpoint.ts';

const GOOD = toHfConfig(TINY);

/** What a configuration of a few hundred bytes is refused for. */
async function refusal(changes: Record<string, unknown>): Promise<AppError> {
  const folder = new Map([
    ...tinyFolder(TINY),
    ['config.json', jsonBytes({ ...GOOD, ...changes })] as const,
  ]);
  try {
    await checkDescription(sourcesOf(folder));
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(changes)} was accepted`);
}

const SIZES = [
  'num_hidden_layers',
  'hidden_size',
  'intermediate_size',
  'num_attention_heads',
  'num_key_value_heads',
  'head_dim',
  'vocab_size',
  'max_position_embeddings',
];

describe('numbers of a config.json are bounded before they size anything', () => {
  it.each(SIZES.flatMap((key) => [1e300, 1e12, 2 ** 53, -1, 0, 1.5].map((value) => [key, value])))(
    '%s: %s',
    async (key, value) => {
      const error = await refusal({ [String(key)]: value });
      expect(error.code).toBe('layout-mismatch');
      expect(error.faults.map(({ place }) => place)).toContain(`config.json: ${String(key)}`);
      expect(error.hint).toContain('Nothing was loaded');
    },
  );

  it('a million layers are refused by their number, not by the memory they take', async () => {
    const before = process.memoryUsage().heapUsed;
    const error = await refusal({ num_hidden_layers: 1e6 });
    expect(error.faults).toEqual([
      { place: 'config.json: num_hidden_layers', message: 'must be at most 1024' },
    ]);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 2 ** 20);
  });

  it.each([
    ['rms_norm_eps', 0],
    ['rms_norm_eps', -1e-6],
    ['rms_norm_eps', 1e308],
    ['rope_theta', 0],
    ['rope_theta', -5],
    ['rope_theta', 1e300],
  ])('%s: %s', async (key, value) => {
    expect((await refusal({ [key]: value })).faults[0]?.place).toBe(`config.json: ${key}`);
  });

  it.each(['rope_scaling', 'rope_parameters'])('the rotary base inside %s', async (key) => {
    const error = await refusal({ [key]: { rope_type: 'default', rope_theta: -1 } });
    expect(error.faults[0]).toEqual({
      place: `config.json: ${key}.rope_theta`,
      message: 'must be above 0',
    });
  });

  it('a list of wrong layer types is told with its first twenty', async () => {
    const error = await refusal({ layer_types: Array.from({ length: 5000 }, () => 'mamba') });
    expect(error.faults).toHaveLength(20);
  });

  it('takes the sizes of the largest models', () => {
    const large = {
      ...GOOD,
      num_hidden_layers: 126,
      hidden_size: 16_384,
      intermediate_size: 53_248,
      num_attention_heads: 128,
      num_key_value_heads: 8,
      head_dim: 128,
      vocab_size: 256_000,
      max_position_embeddings: 10_485_760,
      rope_theta: 1e8,
      rms_norm_eps: 1e-5,
    };
    expect(fromHfConfig(large).layers).toBe(126);
  });
});

describe('numbers of a behaviour model', () => {
  it.each([
    'num_items',
    'hidden_size',
    'num_hidden_layers',
    'num_attention_heads',
    'max_position_embeddings',
  ])('%s', async (key) => {
    const config = {
      ...{ num_items: 4, hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 1 },
      ...{ max_position_embeddings: 8, features: [] },
      [key]: 1e12,
    };
    const folder = new Map([['config.json', jsonBytes(config)]]);
    const error = await importBehaviour(sourcesOf(folder), {}).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(AppError);
    const places = (error as AppError).faults.map(({ place }) => place);
    expect(places).toContain(`config.json ${key}`);
  });
});
