import { expect, test } from 'vitest';
import { buildBehaviourData } from '../../../src/rec/behaviour/behaviour-data.ts';
import type { BehaviourReport, ClickSample } from '../../../src/rec/behaviour/behaviour-types.ts';
import { NUMBERS } from '../../../src/rec/behaviour/behaviour-types.ts';
import { filterLog } from '../../../src/rec/data/filter.ts';
import { importFrom, realFolder } from '../importers/support.ts';
import { period } from '../tiny-data.ts';
import { optionsOf } from './tiny-behaviour.ts';

const KEEP_ALL = { startMs: null, minCount: 0, keepUntitled: true };

function windowsOf({ windows }: BehaviourReport) {
  return windows.map(({ name, samples, positives, users }) => {
    return [name, samples, positives, users];
  });
}

const mind = realFolder('mind-sample');
test.skipIf(!mind.present)(
  'impressions of the real MIND sample (../shared/data)',
  { timeout: 60_000 },
  async () => {
    const { domains } = await importFrom({ importer: 'mind', impressions: true }, mind.files());
    const sources = domains.map((log) => ({
      data: filterLog(log, KEEP_ALL).data,
      impressions: { log },
    }));
    const { domains: built, vocabulary } = buildBehaviourData(
      sources,
      optionsOf({
        samples: 'impressions',
        stages: [period('train', Date.UTC(2019, 10, 9), Date.UTC(2019, 10, 14))],
        test: period('test', Date.UTC(2019, 10, 14), Date.UTC(2019, 10, 15)),
        minInteractions: 4,
        numbers: NUMBERS,
      }),
    );
    // Counted by awk: lists with three history entries or more, before and from November 14 on.
    expect(built[0]?.report).toMatchObject({
      users: 4637,
      items: 23754,
      shortUsers: 272,
      sequences: 4365,
    });
    expect(built.map(({ report }) => windowsOf(report))).toEqual([
      [
        ['train', 143011, 5766, 3571],
        ['test', 36465, 1383, 888],
      ],
    ]);
    expect(vocabulary.items).toHaveLength(23755);
    const samples = built.flatMap(({ train, test: tested }) => [
      ...(train.get('train') ?? []),
      ...tested,
    ]);
    const isSound = ({ numbers }: ClickSample) =>
      numbers.length === 3 && numbers.every((value) => Math.abs(value) <= 3);
    expect(samples.length).toBe(179476);
    expect(samples.filter((sample) => !isSound(sample))).toEqual([]);
    // One array a list: 4,714 of them.
    expect(new Set(samples.map(({ history }) => history)).size).toBe(4714);
  },
);

// Counted by awk: users by their last time up to rank floor((users - 1) * 0.7),
// and at most 50 targets of each user.
const OFFICIAL = { trainShare: 0.7, minInteractions: 4, test: period('test', 2e12, 3e12) };

const movielens = realFolder('movielens-latest-small');
test.skipIf(!movielens.present)(
  'the official rule on the real MovieLens (../shared/data)',
  { timeout: 60_000 },
  async () => {
    const { domains } = await importFrom({ importer: 'movielens' }, movielens.files());
    const sources = domains.map((log) => ({ data: filterLog(log, KEEP_ALL).data }));
    const options = optionsOf({ ...OFFICIAL, stages: [period('train', 0, 1e12)] });
    const { domains: built, vocabulary } = buildBehaviourData(sources, options);
    expect(built[0]?.report).toMatchObject({
      shortUsers: 0,
      sequences: 610,
      pretrainTargets: 25805,
    });
    expect(built.map(({ report }) => windowsOf(report))).toEqual([
      [
        ['train', 854, 427, 427],
        ['test', 366, 183, 183],
      ],
    ]);
    expect(vocabulary.features.map(({ name, values }) => [name, values.length])).toEqual([
      ['genre', 19],
    ]);
  },
);

const amazon = realFolder('amazon-2018-two-domains');
test.skipIf(!amazon.present)(
  'the official rule on the real Amazon domains (../shared/data)',
  { timeout: 60_000 },
  async () => {
    const { domains } = await importFrom({ importer: 'amazon-reviews' }, amazon.files());
    const sources = domains.map((log) => ({ data: filterLog(log, KEEP_ALL).data }));
    const options = optionsOf({ ...OFFICIAL, stages: [period('train', 0, 1e12)] });
    const { domains: built, vocabulary } = buildBehaviourData(sources, options);
    expect(built.map(({ domain, report }) => [domain, ...windowsOf(report)])).toEqual([
      ['Industrial_and_Scientific', ['train', 4598, 2299, 2299], ['test', 1972, 986, 986]],
      ['Office_Products', ['train', 4526, 2263, 2263], ['test', 1936, 968, 968]],
    ]);
    expect(built.map(({ report }) => report.pretrainTargets)).toEqual([16173, 15985]);
    expect(vocabulary.features).toEqual([]);
  },
);
