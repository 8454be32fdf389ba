import type { BehaviourData, BehaviourDomain } from '../../../../rec/behaviour/behaviour-types.ts';
import { clickInfluence } from '../../../../rec/ctr/click-influence.ts';
import { clickMetricValues } from '../../../../rec/ctr/metric-values.ts';
import { influenceError } from '../../../../rec/evaluation/influence.ts';
import { scoreClicks } from '../../../../rec/behaviour/score-clicks.ts';
import type { Asked } from '../../../results/answers.ts';
import {
  clickEvaluationArtefact,
  type ClickEvaluationArtefact,
} from '../../../results/artefacts.ts';
import type { JobOf } from '../../../job/job.ts';
import { originOf } from '../../../work/provenance.ts';
import { behaviourOf, clickModelOf } from '../behaviour-meta.ts';
import { inputCheckpoint, inputOf, type JobContext } from '../../../work/job-context.ts';
import { defineJob } from '../../../work/define-job.ts';
import { recipeOf, type JobAnswers } from '../../../work/result-answers.ts';
import { clickRows } from '../../../work/result-rows.ts';
import type { Period } from '../../../../rec/data/types.ts';
import { behaviourDataIn, clicksOf, itemIdOf } from '../behaviour-source.ts';

/** Scores the test impressions of one domain. */
export interface ClickEvaluateSettings {
  readonly domain: string;
  readonly test: Period;
  /** Scores without a model: how often the candidate was taken before the test. */
  readonly baseline?: 'popularity';
}

declare module '../../../job/job.ts' {
  interface JobTypes {
    readonly 'evaluate-click': MakesArtefact<
      ClickEvaluateSettings,
      {
        readonly data: string;
        /** Absent for a baseline. */
        readonly model?: string;
      },
      { readonly label: ModelLabel }
    >;
  }
}

/** Impressions scored at once: what a batch of training holds. */
const BATCH = 128;

/** A domain's test impressions with a click model, or by popularity. */
async function evaluateClicks(
  job: JobOf<'evaluate-click'>,
  context: JobContext,
): Promise<ClickEvaluationArtefact> {
  const { settings, inputs } = job;
  const data = behaviourDataIn(context);
  const clicks = clicksOf(data, settings.domain);
  const { test } = clicks;
  if (settings.baseline !== undefined) {
    const counts = popularity(data, settings.domain);
    const logits = test.map(({ candidate }) => Math.log1p(counts.get(candidate) ?? 0));
    const origin = { ...originOf(context), backend: 'cpu', adapter: 'none' };
    // A count is no probability: its log loss would mean nothing.
    const metrics = metricsOf(clicks, logits).filter(({ metric }) => metric !== 'log-loss');
    return { metrics, scores: logits, origin };
  }
  const model = await inputCheckpoint(context, inputOf(inputs, 'model'));
  const logits = await scoreClicks(
    context.executor,
    {
      ...clickModelOf(behaviourOf(model.meta)),
      vocabulary: data.vocabulary,
      parameters: model.parameters,
      samples: test,
      samplesPerBatch: BATCH,
    },
    {
      signal: context.signal,
      onProgress: ({ done, total }) => {
        context.progress(done, total, 'impressions');
      },
    },
  );
  const scores = Array.from(logits);
  return { metrics: metricsOf(clicks, scores), scores, origin: originOf(context) };
}

/** Metrics with both standard errors: over impressions, and over users. */
function metricsOf({ test, userIds }: BehaviourDomain, scores: readonly number[]) {
  const errors = clickInfluence(
    test.map(({ user }) => userIds[user] ?? ''),
    test.map(({ label }) => label),
    scores,
  );
  return clickMetricValues(test, scores).map((one) => {
    const own = errors.find(({ metric }) => metric === one.metric);
    return own === undefined ? one : { ...one, userError: influenceError(own) };
  });
}

/** The scores, with whom and what they are of. */
function clickAnswers(
  { id, inputs, label, settings, seed }: JobOf<'evaluate-click'>,
  { scores }: ClickEvaluationArtefact,
  context: JobContext,
): JobAnswers {
  const { domain, test: window, baseline } = settings;
  const data = behaviourDataIn(context);
  const { test, userIds } = clicksOf(data, domain);
  const asked: Asked = {
    key: JSON.stringify([domain, window.name, 'impressions']),
    ...{ domain, period: window.name, split: 'test' },
    users: test.map(({ user }) => userIds[user] ?? ''),
    items: test.map(({ candidate }) => itemIdOf(data, domain, candidate)),
    labels: test.map(({ label: taken }) => taken),
  };
  if (scores === undefined) return { asked: [], models: [], withoutAnswers: [label.model] };
  const modelId = inputs.model ?? id;
  const who = { modelId, model: label.model, kind: label.kind, own: label.own, seed };
  const recipeHash = recipeOf(label, modelId);
  const isLogit = baseline === undefined;
  const model = { type: 'scores', asked: asked.key, scores, isLogit, ...who, recipeHash } as const;
  return { asked: [asked], models: [model], withoutAnswers: [] };
}

/** How often an item was taken in what the models see: pretraining sequences, clicks of training. */
function popularity(data: BehaviourData, domain: string): ReadonlyMap<number, number> {
  const { sequences, train } = clicksOf(data, domain);
  const counts = new Map<number, number>();
  const add = (item: number) => counts.set(item, (counts.get(item) ?? 0) + 1);
  for (const sequence of sequences) for (const item of sequence) add(item);
  for (const samples of train.values()) {
    for (const { candidate, label } of samples) if (label === 1) add(candidate);
  }
  return counts;
}

export const evaluateClickJob = defineJob({
  kind: 'evaluate-click',
  rank: ({ label }) => (label.own ? 2 : 9),
  makes: clickEvaluationArtefact,
  run: evaluateClicks,
  rows: clickRows,
  measures: ({ label }) => [label.model],
  answers: clickAnswers,
});
