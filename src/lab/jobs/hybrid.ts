import type { Period, RankedList, Sample } from '../../rec/data/types.ts';
import { coOccurrenceScores } from '../../rec/evaluation/baselines.ts';
import { hybridLists } from '../../rec/evaluation/hybrid.ts';
import { rankMetrics } from '../../rec/evaluation/metrics.ts';
import type { JobOf } from '../job/job.ts';
import { cellWork } from '../paradigms/paradigm-list.ts';
import { hybridArtefact, type HybridArtefact } from '../results/artefacts.ts';
import { defineJob } from '../work/define-job.ts';
import type { JobContext } from '../work/job-context.ts';
import { listLength, maskedRanks } from '../work/mask-history.ts';
import { originOf } from '../work/provenance.ts';
import { hybridAnswers } from '../work/result-answers.ts';
import { hybridRows } from '../work/result-rows.ts';
import { testUsers } from '../work/test-users.ts';
import type { EvaluateSettings } from './evaluate.ts';

/** Ranks with a model and with co-occurrence; their weight is chosen on the validation window. */
export interface HybridSettings extends EvaluateSettings {
  /** Absent where there is one weight, which the document gives. */
  readonly validation?: Period;
  /** End of what co-occurrence sees. */
  readonly trainEndMs: number;
  /** That are tried. */
  readonly weights: readonly number[];
  /** What decides between them. */
  readonly objective?: { readonly metric: 'recall' | 'ndcg' | 'mrr'; readonly k: number };
}

declare module '../job/job.ts' {
  interface JobTypes {
    readonly hybrid: MakesArtefact<
      HybridSettings,
      JobTypes['evaluate']['inputs'],
      { readonly label: ModelLabel }
    >;
  }
}

/** Items that a model is asked for: co-occurrence then finds most of what it wants among them. */
const ASKED = 64;

async function hybrid(job: JobOf<'hybrid'>, context: JobContext): Promise<HybridArtefact> {
  const { settings } = job;
  const { weight, tried, validationUsers } = await chosenWeight(job, context);
  const tested = await ranking(job, context, settings);
  const { ranks, otherRanks = [] } = tested.ranksAt(weight);
  return {
    metrics: rankMetrics(ranks, settings.cutoffs),
    capped: tested.capped,
    ranks,
    otherRanks,
    ...{ weight, tried, validationUsers },
    origin: originOf(context),
  };
}

async function chosenWeight(
  job: JobOf<'hybrid'>,
  context: JobContext,
): Promise<Pick<HybridArtefact, 'weight' | 'tried' | 'validationUsers'>> {
  const { settings } = job;
  const { weights, objective, cutoffs, validation } = settings;
  if (validation === undefined || objective === undefined) {
    return { weight: weights[0] ?? 0, tried: [], validationUsers: 0 };
  }
  const chosenOn = await ranking(job, context, { ...settings, test: validation });
  const values = weights.map((weight) => {
    const metrics = rankMetrics(chosenOn.ranksAt(weight).ranks, cutoffs);
    const own = metrics.find(({ metric, k }) => metric === objective.metric && k === objective.k);
    return own?.value ?? NaN;
  });
  // Of equal ones the first: the smallest weight.
  const best = values.reduce((at, value, index) => (value > (values[at] ?? -1) ? index : at), 0);
  return {
    weight: weights[best] ?? 0,
    tried: weights.map((weight, at) => ({ weight, value: values[at] ?? NaN })),
    validationUsers: chosenOn.samples.length,
  };
}

/** Both halves of one window; ranks follow for any weight without asking the model again. */
async function ranking(job: JobOf<'hybrid'>, context: JobContext, settings: HybridSettings) {
  const data = context.domainData(settings.domain);
  const { samples, capped } = testUsers(data, settings);
  const lists = await modelLists(job, context, settings, samples);
  const occurring = coOccurrenceScores({ data, samples, trainEndMs: settings.trainEndMs });
  const length = listLength(data, settings, samples);
  return {
    samples,
    capped,
    ranksAt: (weight: number) =>
      maskedRanks(data, settings, samples, hybridLists(lists, occurring, weight, length)),
  };
}

function modelLists(
  job: JobOf<'hybrid'>,
  context: JobContext,
  settings: HybridSettings,
  samples: readonly Sample[],
): Promise<readonly RankedList[]> {
  const asked = { ...settings, beam: ASKED, cutoffs: [...settings.cutoffs, ASKED] };
  const evaluation = { ...job, kind: 'evaluate', settings: asked } as const;
  return cellWork(settings.paradigm).rank(evaluation, context, samples);
}

export const hybridJob = defineJob({
  kind: 'hybrid',
  rank: 8,
  makes: hybridArtefact,
  run: hybrid,
  rows: hybridRows,
  measures: ({ label }) => [label.model],
  answers: hybridAnswers,
  notes: ({ label, settings }, { weight, tried, validationUsers }) => {
    const what = `${label.model} on ${settings.domain}: weight ${String(weight)} of co-occurrence`;
    if (settings.objective === undefined) return [`${what}, as the document says.`];
    const { metric, k } = settings.objective;
    return [
      `${what}, the best of ${String(tried.length)} by ` +
        `${metric}@${String(k)} of ${String(validationUsers)} validation users.`,
    ];
  },
});
