import { AppError } from '../../core/errors.ts';
import { RandomStream } from '../../core/rng.ts';
import type { DomainData, ImpressionLog, InteractionLog } from '../data/types.ts';
import type { BehaviourOptions } from './behaviour-types.ts';
import { itemTimes, lowerBound } from './candidate-numbers.ts';
import type { ItemTimes } from './candidate-numbers.ts';

/** Candidates that one user saw at one time. Items are those of the domain. */
export interface ClickList {
  readonly user: number;
  readonly timeMs: number;
  /** Oldest first, the newest `history` items. */
  readonly history: readonly number[];
  /** All earlier items, also those that `history` leaves out. */
  readonly earlier: number;
  readonly candidates: readonly number[];
  /** Per candidate. */
  readonly labels: readonly (0 | 1)[];
}

/** What a sample rule makes of a domain. */
export interface ClickLists {
  /** In no particular order; some may lie in no window. */
  readonly lists: readonly ClickList[];
  /**
   * Items a user had, oldest first, the newest `history` + 1, the last of which is a target only;
   * two at least, since one predicts nothing.
   */
  readonly sequences: readonly (readonly number[])[];
  readonly users: number;
  readonly shortUsers: number;
  readonly times: ItemTimes;
}

/** Draws are part of the data: no seed of an experiment changes which samples it is about, `draw` does. */
const DRAW_SEED = 0x6b5d;

/**
 * The rules `last` and `all`, over the interactions before the end of the test. `last`: the last
 * interaction of each user, pretraining on all before it. `all`: every interaction from the second
 * stage on, pretraining on all before the second stage.
 */
export function listsOfTimelines(data: DomainData, options: BehaviourOptions): ClickLists {
  const { samples, stages, test, minInteractions, history } = options;
  const clicksFromMs = (stages[1] ?? test).startMs;
  const lists: ClickList[] = [];
  const sequences: number[][] = [];
  let shortUsers = 0;
  data.timelines.forEach(({ items, timesMs }, user) => {
    const count = lowerBound(timesMs, test.endMs);
    if (count < minInteractions) {
      shortUsers += 1;
      return;
    }
    const trained = samples === 'last' ? count - 1 : lowerBound(timesMs, clicksFromMs);
    if (trained >= 2) sequences.push(newestOf(items.subarray(0, trained), history + 1));
    const first = samples === 'last' ? trained : Math.max(trained, minInteractions - 1);
    for (let position = first; position < count; position++) {
      lists.push(drawnList(data, user, position, options));
    }
  });
  const events = eventsOf(data.timelines);
  const times = itemTimes(data.itemIds.length, events);
  return { lists, sequences, users: data.timelines.length, shortUsers, times };
}

/** The interaction at a position, with negatives that depend on user and position alone. */
function drawnList(
  data: DomainData,
  user: number,
  position: number,
  { history, negatives, draw = 0 }: BehaviourOptions,
): ClickList {
  const { items = new Uint32Array(), timesMs = new Float64Array() } = data.timelines[user] ?? {};
  const positive = items[position] ?? 0;
  const others = data.itemIds.length - 1;
  const name = `behaviour-negatives/${data.domain}/${data.userIds[user] ?? ''}`;
  const stream = new RandomStream(DRAW_SEED + draw, name);
  const drawn = Array.from({ length: negatives }, (_, index) => {
    const bits = stream.bitsAt(position * negatives + index);
    const other = Math.floor((bits / 2 ** 32) * others);
    return other < positive ? other : other + 1;
  });
  return {
    user,
    timeMs: timesMs[position] ?? NaN,
    history: newestOf(items.subarray(0, position), history),
    earlier: position,
    candidates: [positive, ...drawn],
    labels: [1, ...drawn.map((): 0 => 0)],
  };
}

function newestOf(items: Uint32Array, count: number): number[] {
  return Array.from(items.subarray(Math.max(0, items.length - count)));
}

function eventsOf(timelines: DomainData['timelines']): { items: number[]; timesMs: number[] } {
  const items: number[] = [];
  const timesMs: number[] = [];
  for (const timeline of timelines) {
    for (const item of timeline.items) items.push(item);
    for (const timeMs of timeline.timesMs) timesMs.push(timeMs);
  }
  return { items, timesMs };
}

/**
 * The rule `impressions`. Lists with too short a history are left out. A user's earliest list
 * gives the history that pretraining uses; histories of later lists may hold clicks of earlier
 * ones, which are targets. An item's popularity counts clicks, its age also impressions and
 * histories.
 * @errors data-invalid without impressions, or for labels that are not 0 or 1
 */
export function listsOfImpressions(
  { domain, itemIds, userIds, impressions: log }: InteractionLog,
  { minInteractions, history, test }: BehaviourOptions,
): ClickLists {
  if (log === undefined) {
    throw new AppError('data-invalid', `Domain "${domain}" has no impressions.`, {
      hint: 'Only MIND with "impressions: true" has them; use samples: last or all otherwise.',
    });
  }
  checkLabels(domain, log);
  const lists: ClickList[] = [];
  const sequences: number[][] = [];
  const kept = new Set<number>();
  const clicks = { items: [] as number[], timesMs: [] as number[] };
  const sightings = { items: [] as number[], timesMs: [] as number[] };
  const present = new Set<number>();
  for (let list = 0; list < log.users.length; list++) {
    const timeMs = log.timesMs[list] ?? NaN;
    if (!(timeMs < test.endMs)) break;
    const user = log.users[list] ?? 0;
    const past = log.history.subarray(log.historyStarts[list], log.historyStarts[list + 1]);
    const [start, end] = [log.candidateStarts[list] ?? 0, log.candidateStarts[list + 1] ?? 0];
    const candidates = Array.from(log.candidates.subarray(start, end));
    const labels = Array.from(log.clicked.subarray(start, end), (label) => (label === 1 ? 1 : 0));
    present.add(user);
    candidates.forEach((item, index) => {
      if (labels[index] === 1) addEvent(clicks, item, timeMs);
      addEvent(sightings, item, timeMs);
    });
    for (const item of past) addEvent(sightings, item, timeMs);
    if (past.length + 1 < minInteractions) continue;
    if (!kept.has(user) && past.length >= 2) sequences.push(newestOf(past, history + 1));
    kept.add(user);
    const newest = newestOf(past, history);
    lists.push({ user, timeMs, history: newest, earlier: past.length, candidates, labels });
  }
  return {
    lists,
    sequences,
    users: userIds.length,
    shortUsers: present.size - kept.size,
    times: itemTimes(itemIds.length, clicks, sightings),
  };
}

function addEvent(events: { items: number[]; timesMs: number[] }, item: number, timeMs: number) {
  events.items.push(item);
  events.timesMs.push(timeMs);
}

function checkLabels(domain: string, { clicked }: ImpressionLog): void {
  const at = clicked.findIndex((label) => label > 1);
  if (at < 0) return;
  const message = `label ${String(clicked[at])} of candidate ${String(at)} is neither 0 nor 1`;
  throw new AppError('data-invalid', `Domain "${domain}" has labels that are not 0 or 1.`, {
    hint: 'A candidate was clicked (1) or not (0). Correct the data; nothing was trained.',
    faults: [{ place: `${domain}: impressions`, message }],
  });
}
