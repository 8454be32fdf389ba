import { AppError } from '../../core/errors.ts';
import type { SemanticIds } from '../data/types.ts';

/** Codes of one level are 16-bit numbers. */
const MAX_ITEMS = 65_536;

/**
 * Plain item ids as semantic ids of one level with one code an item: what turns the semantic-id
 * model into a SASRec-style item-id transformer with full softmax.
 * @errors limit-exceeded beyond 65,536 items
 */
export function plainItemIds(items: number): SemanticIds {
  if (items > MAX_ITEMS) {
    throw new AppError('limit-exceeded', `${String(items)} items are too many for one level.`, {
      hint: `The item-id transformer takes up to ${String(MAX_ITEMS)} items: leave it out, or filter.`,
    });
  }
  const codes = Uint16Array.from({ length: items }, (_, item) => item);
  return { levels: 1, codesPerLevel: items, codes, collisions: 0, repaired: 0 };
}
