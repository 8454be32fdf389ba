import { AppError } from '../../core/errors.ts';
import { RandomStream } from '../../core/rng.ts';
import { isWithin } from './schedule.ts';
import type { DomainData, Period, Sample } from './types.ts';

export interface SplitOptions {
  /** Longest history given to the model, in items (the paper: 30). */
  readonly history: number;
  /** A target needs at least this many earlier items (the paper: 4). */
  readonly minEarlier: number;
}

export interface TrainingSplitOptions extends SplitOptions {
  /** Targets drawn per user (the paper: 5 in pretrain); null takes all (the phases). */
  readonly maxTargets: number | null;
  readonly seed: number;
}

export interface TestSplitOptions extends SplitOptions {
  /** Users are drawn at random above this number (the paper: 5,000); null takes all. */
  readonly maxUsers?: number | null;
  readonly seed?: number;
}

/**
 * Timeline positions of one user that a stage trains on, ascending. The draw depends only on
 * (seed, domain, stage, user id): other users or the order of files cannot change it.
 */
export function stageTargets(
  data: DomainData,
  user: number,
  stage: Period,
  options: TrainingSplitOptions,
): number[] {
  const positions: number[] = [];
  data.timelines[user]?.timesMs.forEach((timeMs, position) => {
    if (position >= options.minEarlier && isWithin(stage, timeMs)) positions.push(position);
  });
  const limit = options.maxTargets;
  if (limit === null || positions.length <= limit) return positions;
  const name = `targets/${data.domain}/${stage.name}/${data.userIds[user] ?? ''}`;
  const drawn = new RandomStream(options.seed, name).shuffle(positions).slice(0, limit);
  return drawn.sort((a, b) => a - b);
}

/** Next-item examples of one stage in time order; histories reach into earlier stages. */
export function trainingSamples(
  data: DomainData,
  stage: Period,
  options: TrainingSplitOptions,
): Sample[] {
  const samples = data.timelines.flatMap((_, user) =>
    stageTargets(data, user, stage, options).map((position) =>
      sampleAt(data, user, position, options.history),
    ),
  );
  return samples.sort((a, b) => a.timeMs - b.timeMs || a.user - b.user);
}

/**
 * One example per user, in time order: the user's last interaction before the end of the window,
 * and only if it lies in the window and has `minEarlier` items before it.
 * @errors data-invalid when no user qualifies
 */
export function testSamples(data: DomainData, window: Period, options: TestSplitOptions): Sample[] {
  const samples: Sample[] = [];
  data.timelines.forEach(({ timesMs }, user) => {
    const position = timesMs.findLastIndex((timeMs) => timeMs < window.endMs);
    if (position >= options.minEarlier && isWithin(window, timesMs[position] ?? NaN)) {
      samples.push(sampleAt(data, user, position, options.history));
    }
  });
  if (samples.length === 0) {
    throw new AppError(
      'data-invalid',
      `Domain "${data.domain}" has no test user in "${window.name}" (${windowText(window)}).`,
      {
        hint: `A test user has an interaction in the window and ${String(options.minEarlier)} earlier ones. Choose other dates or leave the domain out.`,
        details: { domain: data.domain, window: window.name },
      },
    );
  }
  return capUsers(samples, data.domain, window, options).sort(
    (a, b) => a.timeMs - b.timeMs || a.user - b.user,
  );
}

function capUsers(
  samples: Sample[],
  domain: string,
  window: Period,
  { maxUsers = null, seed = 0 }: TestSplitOptions,
): Sample[] {
  if (maxUsers === null || samples.length <= maxUsers) return samples;
  const stream = new RandomStream(seed, `test-users/${domain}/${window.name}`);
  return stream.shuffle(samples).slice(0, maxUsers);
}

function sampleAt(data: DomainData, user: number, position: number, history: number): Sample {
  const timeline = data.timelines[user];
  return {
    user,
    target: timeline?.items[position] ?? -1,
    timeMs: timeline?.timesMs[position] ?? NaN,
    history: Array.from(timeline?.items.subarray(Math.max(0, position - history), position) ?? []),
  };
}

function windowText({ startMs, endMs }: Period): string {
  const day = (timeMs: number) => new Date(timeMs).toISOString().slice(0, 10);
  return `${day(startMs)} to ${day(endMs)}, end excluded`;
}
