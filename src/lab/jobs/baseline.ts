import {
  coOccurrenceBaseline,
  mostPopular,
  mostPopularOfPeriod,
  mostRecentlyPopular,
} from '../../rec/evaluation/baselines.ts';
import { rankMetrics } from '../../rec/evaluation/metrics.ts';
import { baselineArtefact, type BaselineArtefact } from '../results/artefacts.ts';
import type { JobOf } from '../job/job.ts';
import { testUsers } from '../work/test-users.ts';
import { listLength, maskedRanks, repeatedTargets } from '../work/mask-history.ts';
import { originOf } from '../work/provenance.ts';
import type { JobContext } from '../work/job-context.ts';
import { defineJob } from '../work/define-job.ts';
import { baselineAnswers } from '../work/result-answers.ts';
import { baselineRows } from '../work/result-rows.ts';
import type { Sampling } from '../job/job-settings.ts';
import type { Period } from '../../rec/data/types.ts';

export interface BaselineSettings {
  readonly domain: string;
  readonly test: Period;
  readonly lastStage: Period;
  readonly sampling: Sampling;
  readonly users: number;
  readonly cutoffs: readonly number[];
  /** See `MaskSettings`. */
  readonly maskHistory?: boolean;
  /** Of the popularity–recency coefficient; absent: it is not among them. */
  readonly halfLifeDays?: number;
}

declare module '../job/job.ts' {
  interface JobTypes {
    readonly baseline: MakesArtefact<BaselineSettings, { readonly data: string }>;
  }
}

const MOST_POPULAR = 'most popular';
const CO_OCCURRENCE = 'co-occurrence';
const POPULARITY_RECENCY = 'popularity-recency';

/** As they are called in the results. */
function baselineNames({ lastStage, halfLifeDays }: BaselineSettings): readonly string[] {
  const always = [MOST_POPULAR, `${MOST_POPULAR} (${lastStage.name})`, CO_OCCURRENCE];
  return halfLifeDays === undefined ? always : [...always, POPULARITY_RECENCY];
}

/** The baselines of one domain. They see what training sees: nothing from the test window. */
export function baseline(job: JobOf<'baseline'>, context: JobContext): BaselineArtefact {
  const { settings } = job;
  const data = context.domainData(settings.domain);
  const { samples, capped } = testUsers(data, settings);
  const length = listLength(data, settings, samples);
  const input = { data, samples, trainEndMs: settings.lastStage.endMs, length };
  const { lastStage, test, halfLifeDays } = settings;
  const rankers = [
    () => mostPopular(input),
    () => mostPopularOfPeriod(input, lastStage),
    () => coOccurrenceBaseline(input),
    () => mostRecentlyPopular(input, test, halfLifeDays ?? NaN),
  ];
  const lists = baselineNames(settings).map((name, at) => ({
    name,
    ranked: rankers[at]?.() ?? [],
  }));
  return {
    baselines: lists.map(({ name, ranked }) => {
      const { ranks, otherRanks } = maskedRanks(data, settings, samples, ranked);
      const others = otherRanks === undefined ? {} : { otherRanks };
      return { name, metrics: rankMetrics(ranks, settings.cutoffs), ranks, ...others };
    }),
    capped,
    ...(settings.maskHistory === true && { repeats: repeatedTargets(data, settings, samples) }),
    origin: { ...originOf(context), backend: 'cpu', adapter: 'none' },
  };
}

export const baselineJob = defineJob({
  kind: 'baseline',
  rank: 1,
  makes: baselineArtefact,
  run: baseline,
  rows: baselineRows,
  measures: ({ settings }) => baselineNames(settings),
  answers: baselineAnswers,
  notes: ({ settings }, { baselines, repeats = 0 }) => {
    if (repeats === 0) return [];
    const users = baselines[0]?.ranks?.length ?? 0;
    return [
      `${settings.domain}, ${settings.test.name}: ${String(repeats)} of ${String(users)} users take an item again. With evaluation.maskHistory ` +
        'no model can be right about them; the number without the mask stands beside each.',
    ];
  },
});
