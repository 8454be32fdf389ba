import { AppError } from '../../core/errors.ts';
import type { TrainingRow } from './training-rows.ts';
import type { SemanticIds } from '../data/types.ts';
import { tokenOf } from '../semantic-ids/vocabulary.ts';
import type { Vocabulary } from '../semantic-ids/vocabulary.ts';

/** Target of a position that the loss ignores. */
export const IGNORED_TARGET = -100;

/** One training sequence; `targets[t]` is the token to predict at position t or IGNORED_TARGET. */
export interface TokenRow {
  readonly ids: readonly number[];
  readonly targets: readonly number[];
}

/**
 * [bos] and the codes of every item, without the very last token: it would predict nothing. A row
 * of n items thus takes n * levels positions.
 * @errors invalid-argument when an item has no id or the vocabulary has another shape
 */
export function tokenRows(
  rows: readonly TrainingRow[],
  ids: SemanticIds,
  vocabulary: Vocabulary,
): TokenRow[] {
  const { bos } = vocabulary.special;
  return rows.map((row) => {
    const tokens = [bos, ...row.items.flatMap((item) => itemTokens(item, ids, vocabulary))];
    const scored = row.scored.flatMap((isScored) => new Array<boolean>(ids.levels).fill(isScored));
    return {
      ids: tokens.slice(0, -1),
      targets: scored.map((isScored, t) => (isScored ? (tokens[t + 1] ?? 0) : IGNORED_TARGET)),
    };
  });
}

/** The tokens that a history is decoded from: [bos] and the codes of its items. */
export function promptTokens(
  history: readonly number[],
  ids: SemanticIds,
  vocabulary: Vocabulary,
): number[] {
  return [vocabulary.special.bos, ...history.flatMap((item) => itemTokens(item, ids, vocabulary))];
}

/** One token per level. */
export function itemTokens(item: number, ids: SemanticIds, vocabulary: Vocabulary): number[] {
  const { levels, codesPerLevel, codes } = ids;
  if (levels !== vocabulary.levels || codesPerLevel !== vocabulary.codesPerLevel) {
    throw new AppError('invalid-argument', 'The vocabulary does not fit the semantic ids.', {
      details: { levels, codesPerLevel, vocabulary: { ...vocabulary } },
    });
  }
  const own = codes.subarray(item * levels, (item + 1) * levels);
  if (own.length !== levels) {
    throw new AppError('invalid-argument', `Item ${String(item)} has no semantic id.`);
  }
  return Array.from(own, (code, level) => tokenOf(vocabulary, level, code));
}
