import { normalizeRows } from '../../core/dense-matrix.ts';
import type { DenseMatrix } from '../../core/dense-matrix.ts';
import { randomizedSvd } from './randomized-svd.ts';
import { sparseFromMaps } from './sparse-matrix.ts';
import type { SparseMatrix } from './sparse-matrix.ts';

/** A word must stand in this many titles: a word of one title relates it to no other. */
const MIN_TITLES = 2;

/**
 * Item features from titles: TF-IDF reduced by randomized SVD, rows of unit length. An item whose
 * title shares no word with another is a zero row.
 */
export function textFeatures(
  titles: readonly string[],
  dimensions: number,
  seed: number,
): DenseMatrix {
  return normalizeRows(randomizedSvd(tfidf(titles).matrix, dimensions, seed).scores);
}

/** Words of a set of titles, and how any text is weighted by them. */
export interface WordWeights {
  /** In alphabetical order: the columns. */
  readonly words: string[];
  /** Column -> weight, of unit length; empty when the text has none of the words. */
  readonly weigh: (text: string) => Map<number, number>;
}

/**
 * TF-IDF of title words: (1 + ln tf) * (1 + ln((1 + n) / (1 + df))), rows of unit length. Columns
 * are the words in alphabetical order.
 */
export function tfidf(titles: readonly string[]): { matrix: SparseMatrix; words: string[] } {
  const { words, weigh } = wordWeights(titles);
  return { matrix: sparseFromMaps(titles.map(weigh), words.length), words };
}

/** The weights of `tfidf`, for texts that are not among the titles too. */
export function wordWeights(titles: readonly string[]): WordWeights {
  const titlesWith = new Map<string, number>();
  for (const title of titles) {
    for (const word of wordCounts(title).keys()) {
      titlesWith.set(word, (titlesWith.get(word) ?? 0) + 1);
    }
  }
  const words = [...titlesWith]
    .filter(([, count]) => count >= MIN_TITLES)
    .map(([word]) => word)
    .sort((a, b) => (a < b ? -1 : 1));
  const columnOf = new Map(words.map((word, column) => [word, column]));
  const weigh = (text: string) => {
    const row = new Map<number, number>();
    for (const [word, count] of wordCounts(text)) {
      const column = columnOf.get(word);
      if (column === undefined) continue;
      const rarity = 1 + Math.log((1 + titles.length) / (1 + (titlesWith.get(word) ?? 0)));
      row.set(column, (1 + Math.log(count)) * rarity);
    }
    const length = Math.hypot(...row.values());
    for (const [column, value] of row) row.set(column, value / length);
    return row;
  };
  return { words, weigh };
}

/** Lower-case runs of letters and digits in any script. */
function wordCounts(title: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [word] of title.toLowerCase().matchAll(/[\p{L}\p{N}]+/gu)) {
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}
