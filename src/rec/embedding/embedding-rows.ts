import type { TrainingRow } from '../rows/training-rows.ts';
import type { DomainData, Period } from '../data/types.ts';

export interface EmbeddingRowOptions {
  /** Most items that a row reads; it holds one more, the last target. The paper: 25. */
  readonly inputs?: number;
  /** Score items of the stage only, as the other paradigms do; default: whole histories. */
  readonly stageOnly?: boolean;
}

/** The paper's longest input. */
export const EMBEDDING_INPUTS = 25;

/**
 * Rows of the embedding paradigm: the whole history up to the end of the stage of every user whose
 * last interaction before that end lies in the stage. Histories are cut into windows of
 * `inputs + 1` items from the newest end, without overlap; what remains of a longer history at its
 * oldest end is left out. Every item but a window's first is scored, so items of earlier stages
 * are trained on again; `stageOnly` leaves them unscored. Rows are in user order.
 * @source ByteDance's HLLM as MMGrid uses it: windows, dropped remainder, users by their last item
 */
export function embeddingRows(
  data: DomainData,
  stage: Period,
  { inputs = EMBEDDING_INPUTS, stageOnly = false }: EmbeddingRowOptions = {},
): TrainingRow[] {
  const longest = inputs + 1;
  return data.timelines.flatMap(({ items, timesMs }, user) => {
    const total = timesMs.findLastIndex((timeMs) => timeMs < stage.endMs) + 1;
    if (total === 0 || (timesMs[total - 1] ?? NaN) < stage.startMs) return [];
    const isScored = (position: number) =>
      !stageOnly || (timesMs[position] ?? NaN) >= stage.startMs;
    const rows: TrainingRow[] = [];
    for (let end = total; end >= longest || end === total; end -= longest) {
      const start = Math.max(0, end - longest);
      const own = Array.from(items.subarray(start, end));
      const scored = own.map((_, index) => index > 0 && isScored(start + index));
      if (scored.includes(true)) rows.push({ user, start, items: own, scored });
    }
    return rows.reverse();
  });
}
