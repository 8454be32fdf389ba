import { expect, test } from 'vitest';
import { RandomStream } from '../../../src/core/rng.ts';
import type {
  BehaviourDomain,
  BehaviourOptions,
} from '../../../src/rec/behaviour/behaviour-types.ts';
import { period, tinyData } from '../tiny-data.ts';
import { domainOf, impressionsOf, optionsOf, tinyImpressions } from './tiny-behaviour.ts';
import type { TinyList } from './tiny-behaviour.ts';

/*
 * Every interaction has an item of its own, so that an item row names one position of one user. A
 * target that pretraining predicts would then be in both sets.
 */
function samplesOf({ train, test: tested }: BehaviourDomain) {
  return [...[...train.values()].flat(), ...tested];
}

function expectNoTargetPredicted(domain: BehaviourDomain): void {
  const samples = samplesOf(domain);
  const targets = new Set(
    samples.filter(({ label }) => label === 1).map(({ candidate }) => candidate),
  );
  const trained = new Set(domain.sequences.flat());
  expect(targets.size).toBeGreaterThan(20);
  expect(trained.size).toBeGreaterThan(20);
  for (const target of targets) expect(trained.has(target)).toBe(false);
}

function uniqueTimelines(seed: number) {
  const stream = new RandomStream(seed, 'test/leakage');
  let item = 0;
  return Array.from({ length: 80 }, () => {
    const times = Array.from({ length: 1 + stream.nextInt(9) }, () => stream.nextInt(200));
    return times.sort((a, b) => a - b).map((timeMs): [number, number] => [item++, timeMs]);
  });
}

const RULES: readonly [string, Partial<BehaviourOptions>][] = [
  ['last, by dates', { samples: 'last' }],
  ['last, by a quantile', { samples: 'last', trainShare: 0.7 }],
  ['all', { samples: 'all', stages: [period('pretrain', 0, 60), period('phase', 60, 120)] }],
  ['all with a gap', { samples: 'all', stages: [period('a', 0, 40), period('b', 60, 110)] }],
];

test.each(RULES)('%s: pretraining predicts no target; histories lie before it', (_, changes) => {
  for (let seed = 0; seed < 10; seed++) {
    const timelines = uniqueTimelines(seed);
    const last = changes.samples === 'all' ? period('test', 120, 170) : period('test', 100, 170);
    const domain = domainOf(tinyData(timelines), optionsOf({ test: last, ...changes }));
    expectNoTargetPredicted(domain);
    const ownerOf = new Map(
      timelines.flatMap((pairs, user) =>
        pairs.map(([item, timeMs]) => [item + 1, { user, timeMs }]),
      ),
    );
    const firstClickMs = changes.stages?.[1]?.startMs ?? Infinity;
    for (const row of domain.sequences.flat()) {
      expect(ownerOf.get(row)?.timeMs).toBeLessThan(Math.min(170, firstClickMs));
    }
    for (const { user, history, candidate, timeMs, label } of samplesOf(domain)) {
      const pairs = timelines[user] ?? [];
      const position = pairs.findIndex(([item]) => item + 1 === candidate);
      if (label === 1) {
        expect(pairs[position]?.[1]).toBe(timeMs);
        expect(history).toEqual(pairs.slice(0, position).map(([item]) => item + 1));
      }
      expect(history.every((row) => (ownerOf.get(row)?.timeMs ?? NaN) <= timeMs)).toBe(true);
    }
  }
});

test('impressions: histories of later lists hold targets, those of pretraining do not', () => {
  const stream = new RandomStream(5, 'test/lists');
  const histories = Array.from({ length: 40 }, (_, user) => [3 * user, 3 * user + 1, 3 * user + 2]);
  let item = 120;
  const lists: TinyList[] = [];
  for (let timeMs = 0; timeMs < 190; timeMs++) {
    const user = stream.nextInt(40);
    const history = histories[user] ?? [];
    const clicked = item++;
    lists.push([
      user,
      timeMs,
      [...history],
      [
        [clicked, 1],
        [item++, 0],
      ],
    ]);
    history.push(clicked);
  }
  const log = tinyImpressions(lists);
  const domain = impressionsOf(log, optionsOf({ samples: 'impressions', trainShare: 0.7 }));
  expectNoTargetPredicted(domain);
  const clicked = new Set(
    samplesOf(domain).flatMap(({ label, candidate }) => (label === 1 ? [candidate] : [])),
  );
  const shown = samplesOf(domain).flatMap(({ history }) => history);
  expect(shown.filter((row) => clicked.has(row)).length).toBeGreaterThan(50);
});
