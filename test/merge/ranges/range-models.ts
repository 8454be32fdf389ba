import type { Executor } from '../../../src/compute/executor.ts';
import type { FloatType } from '../../support/models/tiny-checkpoint.ts';
import type { MemoryFolder } from '../../support/memory-folder.ts';
import { modelFiles, type Files, type Tensors } from '../stream/model-files.ts';

/** Shapes around every end there is: blocks of 4096, sections of 65536, vectors of 4 and 8. */
export const RANGE_SHAPES: Tensors = {
  'model.embed_tokens.weight': [37, 3557],
  'model.layers.0.mlp.up_proj.weight': [64, 1024],
  'model.layers.0.self_attn.q_proj.weight': [3, 4099],
  'model.layers.1.mlp.up_proj.weight': [5, 7],
  'model.layers.1.self_attn.q_proj.weight': [1, 1],
  'model.layers.1.self_attn.k_proj.weight': [0, 8],
  'model.norm.weight': [4096],
};

const CONFIG = { vocab_size: 37, num_hidden_layers: 2 };

/** A seeded model of these shapes; small values, as weights are. */
export function rangeModel(
  seed: number,
  dtype: FloatType,
  change: (name: string, values: Float32Array) => void = () => undefined,
): Files {
  return modelFiles(seed, { shapes: RANGE_SHAPES, dtype, config: CONFIG, change });
}

export const CUTS = {
  'as they are': undefined,
  'of one section': { elements: 1, bytes: 2 ** 30, heldBytes: 0 },
  'of three sections, some held': { elements: 3 * 65536, bytes: 2 ** 30, heldBytes: 300_000 },
} as const;

/** The first byte of the weights that two results do not share; null where they are equal. */
export function firstDifference(
  one: Pick<MemoryFolder, 'files'>,
  other: Pick<MemoryFolder, 'files'>,
): string | null {
  const name = 'model.safetensors';
  const [a, b] = [one, other].map(({ files }) => files.get(name) ?? new Uint8Array());
  if (a === undefined || b === undefined || a.length === 0) return 'There is no result.';
  if (Buffer.compare(a, b) === 0) return null;
  const at = a.findIndex((byte, i) => byte !== b[i]);
  return `byte ${at} of ${a.length} and ${b.length}`;
}

/** An executor that must not be needed. */
export function broken(whole: Executor): Executor {
  return {
    ...whole,
    profile: whole.profile,
    memory: () => whole.memory(),
    prepare: (label) => Promise.reject(new Error(`"${label}" went through the executor.`)),
  };
}
