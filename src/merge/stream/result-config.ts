import type { FloatType } from '../recipe/recipe.ts';
import type { JsonObject } from './checkpoint.ts';
import type { MergePlan } from './plan-merge.ts';

const LAYER_KEYS = ['num_hidden_layers', 'n_layer', 'num_layers', 'n_layers'];

/** The configuration of the result: the primary model's, with the sizes that the merge changed. */
export function resultConfig(plan: MergePlan): JsonObject | null {
  const { config, recipe, embeddingRows, layers, isTied } = plan;
  if (config === null) return null;
  const changed: Record<string, unknown> = { ...config };
  if (embeddingRows !== null && 'vocab_size' in changed) changed['vocab_size'] = embeddingRows;
  if (layers !== null) {
    for (const key of LAYER_KEYS) if (key in changed) changed[key] = layers;
    // One entry a layer: without it Transformers derives the list from the number of layers.
    delete changed['layer_types'];
  }
  const type: FloatType | null = recipe.outDtype ?? recipe.dtype;
  if (type !== null) changed['dtype' in changed ? 'dtype' : 'torch_dtype'] = type;
  if (!isTied && changed['tie_word_embeddings'] === true) changed['tie_word_embeddings'] = false;
  return changed;
}
