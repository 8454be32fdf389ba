import { stageTargets } from '../data/split.ts';
import type { TrainingSplitOptions } from '../data/split.ts';
import type { DomainData, Period } from '../data/types.ts';

/** A stretch of one user's timeline; the loss counts the scored items. */
export interface TrainingRow {
  readonly user: number;
  /** Timeline position of `items[0]`: lets the leakage check find every item's time. */
  readonly start: number;
  readonly items: readonly number[];
  readonly scored: readonly boolean[];
}

export interface TrainingRowOptions extends TrainingSplitOptions {
  /**
   * 'targets': the samples of the stage; 'all': every item of the stage but a timeline's first;
   * 'every': that one too, for models that predict it from the start of a sequence.
   */
  readonly score: 'targets' | 'all' | 'every';
}

/**
 * The samples of a stage in fewer, equivalent rows: under causal attention all targets whose
 * history window starts at the same item see exactly their own history within one row. That holds
 * for targets up to position `history`; each later one gets its own row. Rows are in user order.
 * With 'all' and 'every', timelines are cut into windows of `history + 1` items from the newest end;
 * windows overlap by one item, so that each item of the stage is scored exactly once.
 */
export function trainingRows(
  data: DomainData,
  stage: Period,
  options: TrainingRowOptions,
): TrainingRow[] {
  return data.timelines.flatMap((_, user) =>
    options.score === 'targets'
      ? targetRows(data, user, stage, options)
      : windowRows(data, user, stage, options),
  );
}

function targetRows(
  data: DomainData,
  user: number,
  stage: Period,
  options: TrainingRowOptions,
): TrainingRow[] {
  const byStart = new Map<number, number[]>();
  for (const position of stageTargets(data, user, stage, options)) {
    const start = Math.max(0, position - options.history);
    byStart.set(start, [...(byStart.get(start) ?? []), position]);
  }
  return [...byStart].map(([start, targets]) =>
    rowOf(data, user, start, Math.max(...targets) + 1, (position) => targets.includes(position)),
  );
}

function windowRows(
  data: DomainData,
  user: number,
  stage: Period,
  { history, score }: TrainingRowOptions,
): TrainingRow[] {
  // The first position that may be scored at all.
  const earliest = score === 'every' ? 0 : 1;
  const times = data.timelines[user]?.timesMs ?? new Float64Array();
  const first = times.findIndex((timeMs) => timeMs >= stage.startMs);
  const rows: TrainingRow[] = [];
  let end = times.findLastIndex((timeMs) => timeMs < stage.endMs) + 1;
  while (first >= 0 && end > Math.max(first, earliest)) {
    const start = Math.max(0, end - (history + 1));
    const firstScored = Math.max(start === 0 ? earliest : start + 1, first);
    rows.push(rowOf(data, user, start, end, (position) => position >= firstScored));
    end = firstScored;
  }
  return rows.reverse();
}

function rowOf(
  data: DomainData,
  user: number,
  start: number,
  end: number,
  isScored: (position: number) => boolean,
): TrainingRow {
  const items = Array.from(data.timelines[user]?.items.subarray(start, end) ?? []);
  return { user, start, items, scored: items.map((_, index) => isScored(start + index)) };
}
