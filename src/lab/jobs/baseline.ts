import {
  coOccurrenceBaseline,
  mostPopular,
  mostPopularOfPeriod,
} from '../../rec/evaluation/baselines.ts';
import { rankingMetrics } from '../../rec/evaluation/metrics.ts';
import type { BaselineArtefact } from '../results/artefacts.ts';
import type { BaselineJob } from '../plan/job.ts';
import { testUsers } from './evaluate.ts';
import { originOf } from '../run/provenance.ts';
import type { JobContext } from './job-context.ts';

/** The three baselines of one domain. They see what training sees: nothing from the test window. */
export function baseline(job: BaselineJob, context: JobContext): BaselineArtefact {
  const { settings } = job;
  const data = context.domainData(settings.domain);
  const { samples, capped } = testUsers(data, settings);
  const length = Math.max(...settings.cutoffs);
  const input = { data, samples, trainEndMs: settings.lastStage.endMs, length };
  const lists = [
    { name: 'most popular', ranked: mostPopular(input) },
    {
      name: `most popular (${settings.lastStage.name})`,
      ranked: mostPopularOfPeriod(input, settings.lastStage),
    },
    { name: 'co-occurrence', ranked: coOccurrenceBaseline(input) },
  ];
  return {
    baselines: lists.map(({ name, ranked }) => ({
      name,
      metrics: rankingMetrics(ranked, settings.cutoffs),
    })),
    capped,
    origin: { ...originOf(context), backend: 'cpu', adapter: 'none' },
  };
}
