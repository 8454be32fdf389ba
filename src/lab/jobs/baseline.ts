import { AppError } from '../../core/errors.ts';
import {
  coOccurrenceBaseline,
  mostPopular,
  mostPopularOfPeriod,
  mostRecentlyPopular,
} from '../../rec/evaluation/baselines.ts';
import type { BaselineInput } from '../../rec/evaluation/baselines.ts';
import { rankMetrics } from '../../rec/evaluation/metrics.ts';
import { oracleRankings } from '../../rec/simulator/oracle.ts';
import { simulatorOptions } from '../experiment/experiment-dataset.ts';
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
import type { Period, RankedList } from '../../rec/data/types.ts';

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
  /** Whether the simulator's own probabilities are among them. */
  readonly oracle?: true;
}

declare module '../job/job.ts' {
  interface JobTypes {
    readonly baseline: MakesArtefact<BaselineSettings, { readonly data: string }>;
  }
}

const MOST_POPULAR = 'most popular';
const CO_OCCURRENCE = 'co-occurrence';
const POPULARITY_RECENCY = 'popularity-recency';
const ORACLE = 'oracle (generator, taste inferred)';
const ORACLE_NOTE =
  `${ORACLE}: the best that can be reached on these data. It ranks by the simulator's own probabilities, knows ` +
  'its items, its laws and the moment of the target, and infers a taste from all that the user took before.';

/** As they are called in the results. */
function baselineNames({ lastStage, halfLifeDays, oracle }: BaselineSettings): readonly string[] {
  return [
    ...[MOST_POPULAR, `${MOST_POPULAR} (${lastStage.name})`, CO_OCCURRENCE],
    ...(halfLifeDays === undefined ? [] : [POPULARITY_RECENCY]),
    ...(oracle === true ? [ORACLE] : []),
  ];
}

/**
 * The baselines of one domain. They see what training sees: nothing from the test window. The oracle
 * is no rival but the end of the scale: it knows the laws of the simulator and the moment of the target.
 */
export function baseline(job: JobOf<'baseline'>, context: JobContext): BaselineArtefact {
  const { settings } = job;
  const data = context.domainData(settings.domain);
  const { samples, capped } = testUsers(data, settings);
  const length = listLength(data, settings, samples);
  const input = { data, samples, trainEndMs: settings.lastStage.endMs, length };
  const { lastStage, test, halfLifeDays } = settings;
  const rankers: Readonly<Record<string, () => RankedList[]>> = {
    [MOST_POPULAR]: () => mostPopular(input),
    [`${MOST_POPULAR} (${lastStage.name})`]: () => mostPopularOfPeriod(input, lastStage),
    [CO_OCCURRENCE]: () => coOccurrenceBaseline(input),
    [POPULARITY_RECENCY]: () => mostRecentlyPopular(input, test, halfLifeDays ?? NaN),
    [ORACLE]: () => oracleLists(context, input),
  };
  const lists = baselineNames(settings).map((name) => ({ name, ranked: rankers[name]?.() ?? [] }));
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

function oracleLists(
  { experiment, dataset }: JobContext,
  { data, samples, length = 0 }: BaselineInput,
): RankedList[] {
  const log = dataset.domains.find(({ domain }) => domain === data.domain);
  if (log === undefined || !('source' in experiment.data)) {
    throw new AppError('internal', 'The plan asked for the oracle of data that nobody simulated.');
  }
  const options = simulatorOptions(experiment, experiment.data);
  return oracleRankings(log, data, samples, options, length);
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
    const notes = settings.oracle === true ? [ORACLE_NOTE] : [];
    if (repeats === 0) return notes;
    const users = baselines[0]?.ranks?.length ?? 0;
    return [
      ...notes,
      `${settings.domain}, ${settings.test.name}: ${String(repeats)} of ${String(users)} users take an item again. With evaluation.maskHistory ` +
        'no model can be right about them; the number without the mask stands beside each.',
    ];
  },
});
