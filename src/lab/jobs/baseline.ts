import {
  coOccurrenceBaseline,
  mostPopular,
  mostPopularOfPeriod,
} from '../../rec/evaluation/baselines.ts';
import { rankingMetrics, rankOf } from '../../rec/evaluation/metrics.ts';
import { baselineArtefact, type BaselineArtefact } from '../results/artefacts.ts';
import type { JobOf } from '../job/job.ts';
import { testUsers } from '../work/test-users.ts';
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
}

declare module '../job/job.ts' {
  interface JobTypes {
    readonly baseline: MakesArtefact<BaselineSettings, { readonly data: string }>;
  }
}

/** As they are called in the results. */
function baselineNames({ lastStage }: BaselineSettings) {
  return ['most popular', `most popular (${lastStage.name})`, 'co-occurrence'] as const;
}

/** The three baselines of one domain. They see what training sees: nothing from the test window. */
export function baseline(job: JobOf<'baseline'>, context: JobContext): BaselineArtefact {
  const { settings } = job;
  const data = context.domainData(settings.domain);
  const { samples, capped } = testUsers(data, settings);
  const length = Math.max(...settings.cutoffs);
  const input = { data, samples, trainEndMs: settings.lastStage.endMs, length };
  const [overall, latest, pairs] = baselineNames(settings);
  const lists = [
    { name: overall, ranked: mostPopular(input) },
    { name: latest, ranked: mostPopularOfPeriod(input, settings.lastStage) },
    { name: pairs, ranked: coOccurrenceBaseline(input) },
  ];
  return {
    baselines: lists.map(({ name, ranked }) => ({
      name,
      metrics: rankingMetrics(ranked, settings.cutoffs),
      ranks: ranked.map(rankOf),
    })),
    capped,
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
});
