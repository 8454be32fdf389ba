import type { TextEmbedder } from '../../rec/text/text-embedding.ts';

/** What does not depend on the evaluated model; holds nothing on the executor. */
export interface ItemVectors {
  /** f32[items, width]. */
  readonly vectors: Float32Array;
  /** Taken off vectors of the base model; null where nothing is. */
  readonly mean: Float64Array | null;
  /** Of the grounding by words; null where a model embeds. */
  readonly words: TextEmbedder | null;
}
