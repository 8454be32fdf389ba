import { IGNORED_TARGET, itemTokens, type TokenRow } from './token-rows.ts';
import type { TrainingRow } from './training-rows.ts';
import type { SemanticIds } from '../data/types.ts';
import { SPECIAL_TOKENS, type Vocabulary } from '../semantic-ids/vocabulary.ts';

/** A domain's items in tokens: their texts, cut to the experiment's length, and their ids. */
export interface TokenizedItems {
  readonly texts: readonly (readonly number[])[];
  readonly ids: SemanticIds;
  readonly vocabulary: Vocabulary;
}

/** `[bos] text [eos]`, every token but the first predicted: what the base language model learns. */
export function languageRows(
  texts: readonly (readonly number[])[],
  { bos, eos } = SPECIAL_TOKENS,
): TokenRow[] {
  return texts.map((text) => rowOf([bos], [...text, eos]));
}

/** Text → id: `[bos] <title> text <index> id`. */
export function textToIdRow(item: number, items: TokenizedItems): TokenRow {
  const text = items.texts[item] ?? [];
  const { bos, index, title } = items.vocabulary.special;
  return rowOf([bos, title, ...text, index], idOf(item, items));
}

/** Id → text: `[bos] <index> id <title> text [eos]`. */
export function idToTextRow(item: number, items: TokenizedItems): TokenRow {
  const text = items.texts[item] ?? [];
  const { bos, eos, index, title } = items.vocabulary.special;
  const prompt = [bos, index, ...idOf(item, items), title];
  return rowOf(prompt, [...text, eos]);
}

/** History of ids → title of the next item: `[bos] ids … <title> text [eos]`. */
export function idsToTextRow(
  history: readonly number[],
  target: number,
  items: TokenizedItems,
  maxPositions: number,
): TokenRow {
  const { bos, eos, title } = items.vocabulary.special;
  const answer = [...(items.texts[target] ?? []), eos];
  const budget = maxPositions - answer.length - 2;
  const parts = newestThatFit(history, (item) => idOf(item, items), budget);
  return rowOf([bos, ...parts, title], answer);
}

/** History of titles → id of the next item: `[bos] <title> text <title> text … <index> id`. */
export function textsToIdRow(
  history: readonly number[],
  target: number,
  items: TokenizedItems,
  maxPositions: number,
): TokenRow {
  const { bos, index, title } = items.vocabulary.special;
  const answer = idOf(target, items);
  const budget = maxPositions - answer.length - 2;
  const titled = (item: number) => [title, ...(items.texts[item] ?? [])];
  const parts = newestThatFit(history, titled, budget);
  return rowOf([bos, ...parts, index], answer);
}

/**
 * One sample per scored item of a training row: its position, and the history before it.
 * @param history items of a history at most
 */
export function targetsOf(
  row: TrainingRow,
  history: number,
): { readonly target: number; readonly history: readonly number[]; readonly position: number }[] {
  return row.items.flatMap((target, at) => {
    if (row.scored[at] !== true) return [];
    const earlier = row.items.slice(Math.max(0, at - history), at);
    return [{ target, history: earlier, position: row.start + at }];
  });
}

function idOf(item: number, { ids, vocabulary }: TokenizedItems): number[] {
  return itemTokens(item, ids, vocabulary);
}

/** Tokens of the newest items, oldest first, that fit whole into the budget. */
function newestThatFit(
  history: readonly number[],
  tokensOf: (item: number) => readonly number[],
  budget: number,
): number[] {
  const parts: (readonly number[])[] = [];
  let used = 0;
  for (const item of [...history].reverse()) {
    const own = tokensOf(item);
    if (used + own.length > budget) break;
    used += own.length;
    parts.unshift(own);
  }
  return parts.flat();
}

/** A row that scores the answer only; the last token is predicted, never read. */
function rowOf(prompt: readonly number[], answer: readonly number[]): TokenRow {
  const tokens = [...prompt, ...answer];
  return {
    ids: tokens.slice(0, -1),
    targets: tokens.slice(1).map((token, t) => (t + 1 >= prompt.length ? token : IGNORED_TARGET)),
  };
}
