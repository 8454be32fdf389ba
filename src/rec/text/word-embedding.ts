import { addScaled, dot, rowOf, zeros } from '../../core/dense-matrix.ts';
import { randomizedSvd } from '../semantic-ids/randomized-svd.ts';
import { multiplySparseTransposed, sparseFromMaps } from '../semantic-ids/sparse-matrix.ts';
import { wordWeights } from '../semantic-ids/text-features.ts';
import type { TextEmbedder } from './text-embedding.ts';

/**
 * Texts by their words alone: TF-IDF over the words of the items' texts, projected on the items'
 * leading singular directions V. Any text has a place there, q V, the items' own texts included;
 * a text without a known word is a zero row.
 */
export function createWordEmbedder(
  itemTexts: readonly string[],
  dimensions: number,
  seed: number,
): TextEmbedder {
  const { words, weigh } = wordWeights(itemTexts);
  const matrix = sparseFromMaps(itemTexts.map(weigh), words.length);
  const { scores, singularValues } = randomizedSvd(matrix, dimensions, seed);
  // The scores are U S, so V = Aᵀ U S⁻¹ = Aᵀ scores / s².
  const directions = multiplySparseTransposed(matrix, scores);
  const least = NEGLIGIBLE * (singularValues[0] ?? 0);
  for (let word = 0; word < directions.rows; word++) {
    const own = rowOf(directions, word);
    singularValues.forEach((s, k) => (own[k] = s > least ? (own[k] ?? 0) / (s * s) : 0));
  }
  return {
    width: dimensions,
    embed(texts) {
      const vectors = new Float32Array(texts.length * dimensions);
      const place = zeros(1, dimensions).values;
      texts.forEach((text, index) => {
        place.fill(0);
        for (const [word, weight] of weigh(text)) addScaled(place, weight, rowOf(directions, word));
        const length = Math.sqrt(dot(place, place));
        if (length > NEGLIGIBLE)
          vectors.set(
            place.map((x) => x / length),
            index * dimensions,
          );
      });
      return Promise.resolve(vectors);
    },
    destroy: () => undefined,
  };
}

/** Singular values and lengths this small are rounding. */
const NEGLIGIBLE = 1e-6;
