/** Lengths of compiled rows where a position is an item: rows are shorter than those of tokens. */
export const ITEM_BUCKETS: readonly number[] = [4, 8, 16, 32, 64, 128, 256];

/** Positions of the shortest compiled row that holds a history and its target. */
export function itemPositionsFor(history: number): number {
  return ITEM_BUCKETS.find((size) => size >= history + 1) ?? history + 1;
}
