import { rankMetrics } from '../../rec/evaluation/metrics.ts';
import type {
  BaselineArtefact,
  ClickEvaluationArtefact,
  EvaluationArtefact,
  HybridArtefact,
  Origin,
} from '../results/artefacts.ts';
import type { JobOf } from '../job/job.ts';
import type { ResultRow } from '../results/results.ts';
import { recipeOf } from './result-answers.ts';

/** Rows of one evaluation. A cross evaluation of fewer users than there are is a probe. */
export function evaluationRows(
  runId: string,
  job: JobOf<'evaluate'>,
  { metrics, capped, otherRanks, origin }: EvaluationArtefact,
): ResultRow[] {
  const { label, settings, inputs } = job;
  const others = otherMetrics(otherRanks, settings.cutoffs);
  return metrics.map((metric, at) => ({
    ...placed(runId, job.settings.domain, settings.test.name, origin),
    ...(settings.split !== undefined && { split: settings.split }),
    ...measured(metric),
    ...others[at],
    modelId: inputs.model,
    model: label.model,
    kind: label.kind,
    recipeHash: recipeOf(label, inputs.model),
    seed: job.seed,
    tier: capped && !label.own ? 'probe' : 'full',
    own: label.own,
  }));
}

/** Rows of a model with co-occurrence: a baseline of its own, under its job's id. */
export function hybridRows(
  runId: string,
  { id, label, settings, seed }: JobOf<'hybrid'>,
  { metrics, otherRanks, origin }: HybridArtefact,
): ResultRow[] {
  const others = otherMetrics(otherRanks, settings.cutoffs);
  const { model, kind, own } = label;
  return metrics.map((metric, at) => ({
    ...placed(runId, settings.domain, settings.test.name, origin),
    ...measured(metric),
    ...others[at],
    ...{ modelId: id, model, kind, recipeHash: '', seed, tier: 'full' as const, own },
  }));
}

/** Rows of one click model, or of a baseline, on the test impressions of a domain. */
export function clickRows(
  runId: string,
  { id, inputs, label, settings, seed }: JobOf<'evaluate-click'>,
  { metrics, origin }: ClickEvaluationArtefact,
): ResultRow[] {
  const { domain, test } = settings;
  return metrics.map((metric) => ({
    ...placed(runId, domain, test.name, origin),
    ...measured(metric),
    modelId: inputs.model ?? id,
    model: label.model,
    kind: label.kind,
    recipeHash: recipeOf(label, inputs.model ?? ''),
    seed,
    tier: 'full',
    own: label.own,
  }));
}

/** Rows of the baselines of one domain; the seed is 0 for those that hold nothing random. */
export function baselineRows(
  runId: string,
  job: JobOf<'baseline'> | JobOf<'item-transformer'> | JobOf<'sasrec'>,
  { baselines, origin }: BaselineArtefact,
): ResultRow[] {
  return baselines.flatMap(({ name, metrics, otherRanks }) => {
    const others = otherMetrics(otherRanks, job.settings.cutoffs);
    return metrics.map((metric, at) => ({
      ...placed(runId, job.settings.domain, job.settings.test.name, origin),
      ...measured(metric),
      ...others[at],
      modelId: job.id,
      model: name,
      kind: 'baseline' as const,
      recipeHash: '',
      seed: job.seed,
      tier: 'full' as const,
      own: true,
    }));
  });
}

/** Of the other choice of `maskHistory`, in the order of the metrics; none where it was not chosen. */
function otherMetrics(
  ranks: readonly number[] | undefined,
  cutoffs: readonly number[],
): Pick<ResultRow, 'otherValue'>[] {
  if (ranks === undefined) return [];
  return rankMetrics(ranks, cutoffs).map(({ value }) => ({ otherValue: value }));
}

function placed(runId: string, evalDomain: string, evalPeriod: string, origin: Origin) {
  const { backend, adapter, engineVersion, createdAt } = origin;
  const split = 'test' as const;
  return { runId, evalDomain, evalPeriod, split, backend, adapter, engineVersion, createdAt };
}

function measured(one: EvaluationArtefact['metrics'][number]) {
  const { metric, k, value, standardError, userError, n } = one;
  const byUser = userError === undefined ? {} : { userError };
  return { metric, k, value, standardError, ...byUser, nUsers: n };
}
