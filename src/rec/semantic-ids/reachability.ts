import type { SemanticIds } from '../data/types.ts';

type Codes = Pick<SemanticIds, 'levels' | 'codes'>;

/**
 * Items whose whole id belongs to an earlier item already: beam search ends at the other one, so
 * they are never recommended, and a test user whose target is one counts as a miss.
 */
export function unreachableItems({ levels, codes }: Codes): ReadonlySet<number> {
  const taken = new Set<string>();
  const unreachable = new Set<number>();
  for (let item = 0; item < codes.length / levels; item++) {
    const id = codes.subarray(item * levels, (item + 1) * levels).join();
    if (taken.has(id)) unreachable.add(item);
    else taken.add(id);
  }
  return unreachable;
}

/**
 * What to say of the ids of a domain whose prefixes ran out of codes: nothing where all items kept
 * theirs.
 */
export function reachabilityNotes(domain: string, ids: SemanticIds): string[] {
  const notes: string[] = [];
  const { codes, levels, codesPerLevel, collisions, moved = [] } = ids;
  const items = codes.length / levels;
  const total = moved.reduce((sum, count) => sum + count, 0);
  if (total > 0) {
    const where = moved.flatMap((count, level) =>
      count > 0 ? [`${String(count)} at level ${String(level + 1)}`] : [],
    );
    notes.push(
      `${domain}: ${String(total)} of ${String(items)} items found all ${String(codesPerLevel)} codes of their last level taken ` +
        `and moved to the nearest free prefix (${where.join(', ')}). More ids.codes or ids.levels would keep them together.`,
    );
  }
  const unreachable = unreachableItems(ids).size;
  if (unreachable > 0) {
    notes.push(
      `Warning: ${domain}: ${String(unreachable)} of ${String(items)} items can never be recommended: ${String(collisions)} items share an id with another. ` +
        'As targets they count as misses. Give ids.levels or ids.codes more room.',
    );
  }
  return notes;
}
