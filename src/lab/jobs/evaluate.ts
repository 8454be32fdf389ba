import type { Period, RankedList, Sample } from '../../rec/data/types.ts';
import { rankMetrics } from '../../rec/evaluation/metrics.ts';
import type { Restored } from '../experiment/restored.ts';
import type { CellRanking, Sampling } from '../job/job-settings.ts';
import type { JobOf } from '../job/job.ts';
import { cellWork } from '../paradigms/paradigm-list.ts';
import { evaluationArtefact, type EvaluationArtefact } from '../results/artefacts.ts';
import { defineJob } from '../work/define-job.ts';
import type { JobContext } from '../work/job-context.ts';
import { maskedRanks } from '../work/mask-history.ts';
import { originOf } from '../work/provenance.ts';
import { evaluationAnswers } from '../work/result-answers.ts';
import { evaluationRows } from '../work/result-rows.ts';
import { testUsers } from '../work/test-users.ts';

/** Ranks the test users of one domain with one checkpoint. */
export interface EvaluateSettings {
  readonly domain: string;
  readonly test: Period;
  readonly sampling: Sampling;
  readonly users: number;
  readonly beam: number;
  readonly batchUsers: number;
  readonly cutoffs: readonly number[];
  /** See `MaskSettings`. */
  readonly maskHistory?: boolean;
  /** Absent: `test` is the test window. */
  readonly split?: 'validation';
  /** Of `rows`; absent: what the paradigm restores by default. */
  readonly restore?: Restored;
  /** Absent: semantic ids. */
  readonly paradigm?: CellRanking;
}

declare module '../job/job.ts' {
  interface JobTypes {
    readonly evaluate: MakesArtefact<
      EvaluateSettings,
      {
        readonly data: string;
        /** Absent in paradigms without ids. */
        readonly ids?: string;
        readonly tokenizer?: string;
        /** Language model whose vectors ground sampled titles. */
        readonly embedder?: string;
        readonly model: string;
        /** Checkpoint whose id rows replace those of `model` (a merge over domains), else null. */
        readonly rows: string | null;
      },
      { readonly label: ModelLabel }
    >;
  }
}

/** Ranks a domain's test users with a checkpoint, as its paradigm does. */
export async function evaluate(
  job: JobOf<'evaluate'>,
  context: JobContext,
): Promise<EvaluationArtefact> {
  const { settings } = job;
  const data = context.domainData(settings.domain);
  const { samples, capped } = testUsers(data, settings);
  const lists = await ranked(job, context, samples);
  const { countUnreachable } = cellWork(settings.paradigm);
  const unreachableTargets = (await countUnreachable?.(job, context, samples)) ?? 0;
  const answered = maskedRanks(data, settings, samples, lists);
  return {
    metrics: rankMetrics(answered.ranks, settings.cutoffs),
    capped,
    ...(unreachableTargets > 0 && { unreachableTargets }),
    ...answered,
    origin: originOf(context),
  };
}

/** Ranked lists of the samples, as the job's paradigm makes them; see `CellWork.rank`. */
export function ranked(
  job: JobOf<'evaluate'>,
  context: JobContext,
  samples: readonly Sample[],
): Promise<readonly RankedList[]> {
  return cellWork(job.settings.paradigm).rank(job, context, samples);
}

export const evaluateJob = defineJob({
  kind: 'evaluate',
  rank: ({ label }) => (label.own ? 2 : 9),
  makes: evaluationArtefact,
  run: evaluate,
  rows: evaluationRows,
  measures: ({ label }) => [label.model],
  answers: evaluationAnswers,
  notes: ({ label, settings }, { unreachableTargets = 0, shortLists = 0, ranks }) => {
    const { domain, test, cutoffs } = settings;
    const short =
      shortLists === 0
        ? []
        : [
            `${label.model} on ${domain}, ${test.name}: ${String(shortLists)} of ${String(ranks.length)} users have fewer than ` +
              `${String(Math.max(...cutoffs))} answers once what they took before is masked; whatever is missing counts as a miss. A larger evaluation.beam helps.`,
          ];
    if (unreachableTargets === 0) return short;
    return [
      ...short,
      `Warning: ${domain}, ${test.name}: the target of ${String(unreachableTargets)} of ${String(ranks.length)} users shares its id with another item, ` +
        'so no model of semantic ids can recommend it; they count as misses.',
    ];
  },
});
