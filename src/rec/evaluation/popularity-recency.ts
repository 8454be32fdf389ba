import { AppError } from '../../core/errors.ts';
import type { DomainData } from '../data/types.ts';

/** MMGRid's. */
export const HALF_LIFE_DAYS = 30;

export interface PopularityRecencyOptions {
  /** Start of the test window: interactions at or after it do not count. */
  readonly beforeMs: number;
  /** 30 when absent. */
  readonly halfLifeDays?: number;
  /** 0.25 when absent. */
  readonly gamma?: number;
  /**
   * Items without an interaction before the window: `keep` gives them c = 1, as the formula does;
   * `drop` gives 0, as MMGRid's program does, which then never recommends them.
   */
  readonly unseen?: 'keep' | 'drop';
}

const DAY_MS = 86_400_000;

/**
 * MMGRid's popularity–recency coefficient of every item, by which distances are divided:
 *   c = (1 + Σ 2^(−age / half-life))^γ over the item's interactions before the window.
 * @returns f64[items]
 * @errors invalid-argument
 */
export function popularityRecency(
  data: DomainData,
  options: PopularityRecencyOptions,
): Float64Array {
  const { beforeMs, halfLifeDays = HALF_LIFE_DAYS, gamma = 0.25, unseen = 'keep' } = options;
  if (!(halfLifeDays > 0) || !Number.isFinite(gamma)) {
    throw new AppError('invalid-argument', 'The half-life must be positive and gamma a number.');
  }
  const sums = new Float64Array(data.itemIds.length);
  const isSeen = new Uint8Array(data.itemIds.length);
  for (const { items, timesMs } of data.timelines) {
    items.forEach((item, position) => {
      const timeMs = timesMs[position] ?? NaN;
      if (!(timeMs < beforeMs)) return;
      sums[item] = (sums[item] ?? 0) + 2 ** (-(beforeMs - timeMs) / DAY_MS / halfLifeDays);
      isSeen[item] = 1;
    });
  }
  return sums.map((sum, item) =>
    isSeen[item] === 0 && unseen === 'drop' ? 0 : (1 + sum) ** gamma,
  );
}
