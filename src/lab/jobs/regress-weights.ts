import { AppError } from '../../core/errors.ts';
import { bestTrial } from '../merging/best-trial.ts';
import { interactionCharacteristics } from '../../rec/data/interaction-characteristics.ts';
import { rankGains } from '../../rec/evaluation/metrics.ts';
import type { ArtefactOf } from '../analysis/analysis-result.ts';
import { asArtefact, evaluationArtefact } from '../results/artefacts.ts';
import type { JobOf } from '../job/job.ts';
import type { RegressionSettings } from '../job/job-settings.ts';
import { regress } from '../analysis/weight-regression.ts';
import {
  resampleContexts,
  resampledOf,
  resampledTerms,
  weightedPoints,
} from '../analysis/resampled-contexts.ts';
import { testUsers } from '../work/test-users.ts';
import type { JobContext } from '../work/job-context.ts';

type Point = ArtefactOf<'weight-regression'>['points'][number];

/** The best weight of each domain, its characteristics, and the line through them. */
export async function regressWeights(
  job: JobOf<'analysis'>,
  settings: RegressionSettings,
  context: JobContext,
): Promise<ArtefactOf<'weight-regression'>> {
  const { domains, weights, features, metric, k, hasValidation, bootstrap } = settings;
  const measured = await measuredOf(job, settings, context);
  const points: Point[] = domains.map((domain, place) => {
    const of = (split: 'chosen' | 'test', seed: number) =>
      weights.map((_, weight) => measured.value(seed, place, weight, split));
    const meanOf = (split: 'chosen' | 'test') => {
      const seeds = Array.from({ length: settings.seeds }, (_, seed) => of(split, seed));
      return weights.map(
        (_, w) => seeds.reduce((sum, row) => sum + (row[w] ?? 0), 0) / seeds.length,
      );
    };
    const chosen = meanOf('chosen');
    const test = meanOf('test');
    const data = context.domainData(domain);
    const { samples } = testUsers(data, settings);
    return {
      domain,
      weight: best(weights, chosen),
      weightOnTest: best(weights, test),
      weightOfSeeds: Array.from({ length: settings.seeds }, (_, seed) =>
        best(weights, of('chosen', seed)),
      ),
      chosen,
      test,
      ...characteristicsOf(settings, data, samples),
    };
  });
  const explained = points.map((point) => ({
    context: point.domain,
    y: point.weight,
    x: features.map((feature) => featureOf(point, feature)),
  }));
  const drawn =
    bootstrap === undefined
      ? null
      : resampleContexts(
          domains.map((domain, place) => ({
            domain,
            weights,
            values: weights.map((_, weight) => measured.users(place, weight)),
          })),
          bootstrap,
        );
  const fit = regress(
    drawn === null ? explained : weightedPoints(explained, drawn, weights),
    features,
  );
  const terms = drawn === null ? null : resampledTerms(explained, drawn, weights, features);
  return {
    kind: 'weight-regression',
    metric,
    k,
    features: [...features],
    weights: [...weights],
    chosenOn: hasValidation ? 'validation' : 'test',
    points:
      drawn === null
        ? points
        : points.map((point, place) => ({ ...point, ...resampledOf(drawn[place]) })),
    ...(terms !== null && { resampledTerms: terms }),
    fit: fit.status === 'fitted' ? { ...fit, terms: [...fit.terms], fitted: [...fit.fitted] } : fit,
  };
}

/** One feature of a context. */
export function featureOf(
  point: Pick<Point, 'newItemShare' | 'meanLogItemAge' | 'stageShares'>,
  feature: string,
): number {
  if (feature === 'newItemShare') return point.newItemShare;
  if (feature === 'meanLogItemAge') return point.meanLogItemAge;
  return point.stageShares.at(-1) ?? 0;
}

function characteristicsOf(
  { stages, test }: RegressionSettings,
  data: Parameters<typeof interactionCharacteristics>[0],
  samples: Parameters<typeof interactionCharacteristics>[3],
) {
  const found = interactionCharacteristics(data, stages, test, samples);
  return { ...found, stageShares: [...found.stageShares] };
}

/** By the rule of searches. */
function best(weights: readonly number[], values: readonly number[]): number {
  const place = bestTrial(
    weights.map((weight, at) => ({ score: values[at] ?? NaN, point: { weight } })),
  );
  return weights[place] ?? 0;
}

/** What the evaluations of a regression found. */
interface Measured {
  /** The metric on one window. */
  value(seed: number, domain: number, weight: number, split: 'chosen' | 'test'): number;
  /** What every user is worth where the weight is chosen, mean over seeds, in percent. */
  users(domain: number, weight: number): readonly number[];
}

async function measuredOf(
  job: JobOf<'analysis'>,
  { domains, weights, seeds, hasValidation, metric, k }: RegressionSettings,
  context: JobContext,
): Promise<Measured> {
  const splits = hasValidation ? 2 : 1;
  const ids = job.inputs.evaluations ?? [];
  if (ids.length !== seeds * domains.length * weights.length * splits) {
    throw new AppError('internal', 'A regression was planned with other evaluations.');
  }
  const found: { value: number; ranks: readonly number[] }[] = [];
  for (const id of ids) {
    const stored: unknown = await context.store.getArtefact(id);
    const { metrics, ranks } = asArtefact(evaluationArtefact, stored, 'evaluation');
    const own = metrics.find((one) => one.metric === metric && one.k === k);
    found.push({ value: own?.value ?? NaN, ranks });
  }
  const at = (seed: number, domain: number, weight: number, split: 'chosen' | 'test') => {
    const place = (seed * domains.length + domain) * weights.length + weight;
    return found[place * splits + (split === 'test' ? splits - 1 : 0)];
  };
  return {
    value: (...place) => at(...place)?.value ?? NaN,
    users: (domain, weight) => {
      const gains = Array.from({ length: seeds }, (_, seed) => {
        const { ranks = [] } = at(seed, domain, weight, 'chosen') ?? {};
        return rankGains(ranks, [k]).find((one) => one.metric === metric)?.gains ?? [];
      });
      return (gains[0] ?? []).map(
        (_, user) => gains.reduce((sum, own) => sum + (own[user] ?? NaN), 0) / seeds,
      );
    },
  };
}
