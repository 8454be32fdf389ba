import { RandomStream } from '../../core/rng.ts';
import type { DomainData, Period } from '../../rec/data/types.ts';
import type { TrainingRow, TrainingRowOptions } from '../../rec/rows/training-rows.ts';
import type { ValidationSettings } from '../job/job-settings.ts';
import { checkedRows } from './checked-rows.ts';

/** Rows to train on, and rows that only choose an epoch. */
export interface SplitRows<Row> {
  readonly rows: readonly Row[];
  /** Empty without validation, and where nobody is left to hold out. */
  readonly held: readonly Row[];
}

/** Held-out users and texts are the same for all models and seeds, so that choices compare. */
const HELD_SEED = 0;

/** Whether a user, or another thing with a name, is held out of every stage of a domain. */
export function isHeldOut(domain: string, id: string, share: number): boolean {
  return new RandomStream(HELD_SEED, `held out/${domain}/${id}`).nextUniform() < share;
}

/**
 * Rows of a period and what validation holds out of it. Held-out users are in no stage's training.
 * Held-out times are the newest share of the period's interactions: training ends where they begin.
 * @errors data-invalid with the leaks found
 */
export function splitRows(
  data: DomainData,
  period: Period,
  options: TrainingRowOptions,
  validation: ValidationSettings | undefined,
): SplitRows<TrainingRow> {
  return splitBy(data, period, validation, (own, isHeld) =>
    checkedRows(data, own, isHeld ? { ...options, maxTargets: null } : options),
  );
}

/** The same for rows of any kind. @param rowsOf rows of a period, to train on or held out */
export function splitBy<Row extends { readonly user: number }>(
  data: DomainData,
  period: Period,
  validation: ValidationSettings | undefined,
  rowsOf: (period: Period, isHeld: boolean) => readonly Row[],
): SplitRows<Row> {
  if (validation === undefined) return { rows: rowsOf(period, false), held: [] };
  const { by, share, window } = validation;
  if (by === 'users') {
    const all = rowsOf(period, false);
    const isOut = ({ user }: Row) => isHeldOut(data.domain, data.userIds[user] ?? '', share);
    return { rows: all.filter((row) => !isOut(row)), held: all.filter(isOut) };
  }
  const heldPeriod = by === 'window' ? (window ?? null) : newestShare(data, period, share);
  if (heldPeriod === null) return { rows: rowsOf(period, false), held: [] };
  const ends = Math.min(period.endMs, heldPeriod.startMs);
  // A window that lies before the period would leave nothing: an earlier one is no validation of it.
  const training = ends > period.startMs ? { ...period, endMs: ends } : period;
  return { rows: rowsOf(training, false), held: rowsOf(heldPeriod, true) };
}

/** The end of a period that holds this share of its interactions; null where there is no such end. */
function newestShare(data: DomainData, period: Period, share: number): Period | null {
  const { name, startMs, endMs } = period;
  const times = data.timelines
    .flatMap(({ timesMs }) => Array.from(timesMs))
    .filter((timeMs) => timeMs >= startMs && timeMs < endMs)
    .sort((a, b) => a - b);
  const border = times[Math.floor(times.length * (1 - share))];
  if (border === undefined || border <= (times[0] ?? border)) return null;
  return { name: `held out of ${name}`, startMs: border, endMs };
}
