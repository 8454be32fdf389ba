import type { Fault } from '../../core/errors.ts';
import type { TrainingRow } from './training-rows.ts';
import type { DomainData, Period, Sample } from '../data/types.ts';

export interface LeakageReport {
  /** Rows, samples or test targets that break the rule; must be 0. */
  readonly count: number;
  /** Training positions and samples looked at: 0 would mean that nothing was checked. */
  readonly checked: number;
  /** The first few, with their place. */
  readonly faults: readonly Fault[];
}

const SHOWN_FAULTS = 10;

/**
 * Looks every training item up in the raw timelines, sharing no code with the splitter: a row leaks
 * when it holds anything at or after the end of its stage, when it scores something before the
 * stage, or when its items are not the user's own consecutive ones.
 * @param scoresEarlier the paradigm trains on whole histories (`embeddingRows`): scoring something
 *   before the stage is no fault
 */
export function rowLeakage(
  data: DomainData,
  stage: Period,
  rows: readonly TrainingRow[],
  scoresEarlier = false,
): LeakageReport {
  const faults: Fault[] = [];
  const scoredFromMs = scoresEarlier ? -Infinity : stage.startMs;
  for (const [index, row] of rows.entries()) {
    const message = rowFault(data, { ...stage, startMs: scoredFromMs }, row);
    if (message !== null) {
      faults.push({ place: `${data.domain}/${stage.name}: row ${String(index)}`, message });
    }
  }
  return report(faults, rows.length);
}

function rowFault(data: DomainData, stage: Period, row: TrainingRow): string | null {
  const timeline = data.timelines[row.user];
  if (timeline === undefined) return `user ${String(row.user)} does not exist`;
  for (const [offset, item] of row.items.entries()) {
    const position = row.start + offset;
    const timeMs = timeline.timesMs[position] ?? NaN;
    if (timeline.items[position] !== item) return `item ${String(item)} is not in the timeline`;
    if (!(timeMs < stage.endMs)) return `holds an interaction after the stage (${iso(timeMs)})`;
    if (row.scored[offset] === true && timeMs < stage.startMs) {
      return `scores an interaction before the stage (${iso(timeMs)})`;
    }
  }
  return null;
}

/**
 * A sample leaks when its target is outside [start, end) of the period, or its history is not a
 * stretch of the timeline directly before an interaction with the target at the target's time.
 * (Days are often the finest time there is: an earlier item of the same time is legitimate.)
 */
export function sampleLeakage(
  data: DomainData,
  period: Period,
  samples: readonly Sample[],
): LeakageReport {
  const faults: Fault[] = [];
  for (const [index, sample] of samples.entries()) {
    const place = `${data.domain}/${period.name}: sample ${String(index)}`;
    if (sample.timeMs < period.startMs || !(sample.timeMs < period.endMs)) {
      faults.push({ place, message: `its target lies outside the period (${iso(sample.timeMs)})` });
    } else if (!hasPast(data, sample)) {
      faults.push({ place, message: 'its history is not what directly preceded the target' });
    }
  }
  return report(faults, samples.length);
}

function hasPast(data: DomainData, { user, target, timeMs, history }: Sample): boolean {
  const timeline = data.timelines[user];
  if (timeline === undefined) return false;
  for (let at = history.length; at < timeline.items.length; at++) {
    const isTarget = timeline.items[at] === target && timeline.timesMs[at] === timeMs;
    const first = at - history.length;
    if (isTarget && history.every((item, i) => timeline.items[first + i] === item)) return true;
  }
  return false;
}

/**
 * No test target may be a position that any stage trains on. The target's position is found anew:
 * the last interaction of the user before the end of the test window.
 */
export function testTargetLeakage(
  data: DomainData,
  test: Period,
  samples: readonly Sample[],
  rows: readonly TrainingRow[],
): LeakageReport {
  const targetOf = new Map<number, number>();
  for (const { user } of samples) {
    const times = data.timelines[user]?.timesMs ?? new Float64Array();
    let last = -1;
    for (let at = 0; at < times.length; at++) if ((times[at] ?? NaN) < test.endMs) last = at;
    targetOf.set(user, last);
  }
  const faults: Fault[] = [];
  for (const [index, row] of rows.entries()) {
    const position = targetOf.get(row.user);
    if (position === undefined) continue;
    const offset = position - row.start;
    if (offset >= 0 && offset < row.items.length) {
      const place = `${data.domain}: row ${String(index)}`;
      faults.push({ place, message: `holds the test target of user ${String(row.user)}` });
    }
  }
  return report(faults, rows.length);
}

/** Several reports as one. */
export function combineLeakage(reports: readonly LeakageReport[]): LeakageReport {
  return {
    count: reports.reduce((sum, { count }) => sum + count, 0),
    checked: reports.reduce((sum, { checked }) => sum + checked, 0),
    faults: reports.flatMap(({ faults }) => faults).slice(0, SHOWN_FAULTS),
  };
}

function report(faults: readonly Fault[], checked: number): LeakageReport {
  return { count: faults.length, checked, faults: faults.slice(0, SHOWN_FAULTS) };
}

function iso(timeMs: number): string {
  return Number.isFinite(timeMs) ? new Date(timeMs).toISOString() : 'no time';
}
