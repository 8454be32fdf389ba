import { AppError } from '../../core/errors.ts';
import { ITEM_BASE, START_ID } from '../../nn/compact-id-model/item-positions.ts';
import { IGNORED_TARGET, type TokenRow } from './token-rows.ts';
import type { TrainingRow } from './training-rows.ts';

/**
 * Rows for models with one position an item: the start, then the items without the very last one,
 * which would predict nothing. Targets are items, so a row of n items takes n positions.
 */
export function itemRows(rows: readonly TrainingRow[]): TokenRow[] {
  return rows.map(({ items, scored }) => ({
    ids: itemPositions(items.slice(0, -1)),
    targets: items.map((item, index) => (scored[index] === true ? item : IGNORED_TARGET)),
  }));
}

/** The positions that a history is decoded from. */
export function itemPositions(history: readonly number[]): number[] {
  return [START_ID, ...history.map((item) => ITEM_BASE + item)];
}

/** @errors invalid-argument for an item that is none of those with ids */
export function checkItems(items: readonly number[], count: number): void {
  const unknown = items.find((item) => !Number.isInteger(item) || item < 0 || item >= count);
  if (unknown === undefined) return;
  const message = `Item ${String(unknown)} has no semantic id: there are ids of ${String(count)} items.`;
  throw new AppError('invalid-argument', message, {
    hint: 'Use the ids that were made for this data.',
  });
}
