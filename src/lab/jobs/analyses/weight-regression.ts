import { AppError } from '../../../core/errors.ts';
import type { RegressionPlan } from '../../experiment/analysis-section.ts';
import { period } from '../../experiment/titles.ts';
import { isJobOf, type Job, type JobOf } from '../../job/job.ts';
import { WEIGHT_METHOD, weightOf } from '../../merging/merge-methods.ts';
import { idOf } from '../../planning/chain.ts';
import type { PlanBuilder } from '../../planning/plan-builder.ts';
import { regressWeights } from '../regress-weights.ts';
import type { AnalysisWorkOf, Planned, PlannedSeed } from './analysis-work.ts';

declare module '../../job/job-settings.ts' {
  interface AnalysisSettingsTypes {
    readonly 'weight-regression': RegressionSettings;
  }
}

/** One regression over all seeds: a domain's weight is the best of the mean over them. */
export const weightRegressionWork: AnalysisWorkOf<'weight-regression'> = {
  kind: 'weight-regression',
  plan: planRegression,
  run: regressWeights,
};

async function planRegression(
  builder: PlanBuilder,
  plan: RegressionPlan,
  { seeds, jobs: planned }: Planned,
): Promise<void> {
  const { experiment, sampling } = builder;
  const { contexts, merges, evaluation } = experiment;
  const chosen = merges.filter(
    ({ name, method, over }) =>
      over === 'periods' && method === WEIGHT_METHOD && plan.merges?.includes(name) !== false,
  );
  const domains = chosen[0]?.domains ?? [];
  const splits = contexts.validation === null ? ['test'] : ['validation', 'test'];
  const evaluations: string[] = [];
  for (const { merges: made } of seeds) {
    for (const domain of domains) {
      for (const { name } of chosen) {
        const model = made.find((merge) => merge.model === `${name} (${domain})`)?.id;
        for (const split of splits)
          evaluations.push(evaluationOf(planned, model, domain, split).id);
      }
    }
  }
  const [{ chain }] = seeds as readonly [PlannedSeed, ...PlannedSeed[]];
  await builder.add({
    kind: 'analysis',
    title: `analysis ${plan.name}`,
    // Of all seeds together.
    seed: 0,
    cell: null,
    settings: {
      kind: plan.kind,
      domains,
      weights: chosen.map(({ parameters }) => weightOf(parameters)),
      seeds: seeds.length,
      hasValidation: contexts.validation !== null,
      metric: plan.metric,
      k: plan.k,
      features: plan.features,
      stages: contexts.stages.map(period),
      test: period(contexts.test),
      sampling,
      users: evaluation.maxUsers,
      ...(plan.bootstrap !== undefined && { bootstrap: plan.bootstrap }),
    },
    inputs: { evaluations, data: domains.map((domain) => idOf(chain.data, domain)) },
    label: { name: plan.name, models: chosen.map(({ name }) => name), base: null },
  });
}

function evaluationOf(
  planned: readonly Job[],
  model: string | undefined,
  domain: string,
  split: string,
): JobOf<'evaluate'> {
  const found = planned.find(
    (job): job is JobOf<'evaluate'> =>
      isJobOf(job, 'evaluate') &&
      job.inputs.model === model &&
      job.settings.domain === domain &&
      (job.settings.split ?? 'test') === split,
  );
  if (found !== undefined) return found;
  throw new AppError('internal', `No evaluation on ${domain} (${split}) was planned.`);
}
