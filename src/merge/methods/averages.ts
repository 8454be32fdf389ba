import { modelTerms } from '../linear-form.ts';
import { defineLinearMethod } from '../linear/linear-method.ts';
import { ANY_MODELS } from '../method.ts';
import { WEIGHT } from './common-parameters.ts';

/** Plain mean under fusion_bench's name.   θ = (1/K) Σ θₖ */
export const simpleAverage = defineLinearMethod({
  id: 'simple_average',
  title: 'Simple average (fusion_bench)',
  summary: 'θ = (1/K) Σ θₖ.',
  source: 'fusion_bench 0.2.33 simple_average',
  models: ANY_MODELS,
  needsBase: false,
  family: 'average',
  parameters: [],
  linear: (_, count) => mean(count),
});

/** Plain mean under MMGRid's name (its "WA").   θ = (1/N) Σ θₙ */
export const mmgridAverage = defineLinearMethod({
  id: 'mmgrid_average',
  title: 'Average (MMGRid)',
  summary: 'θ = (1/N) Σ θₙ.',
  source: 'MMGRid merging_methods.py AverageMerging',
  models: ANY_MODELS,
  needsBase: false,
  family: 'average',
  parameters: [],
  linear: (_, count) => mean(count),
});

/** Weighted sum as given, never normalised.   θ = Σ wₖ θₖ */
export const weightedAverage = defineLinearMethod({
  id: 'weighted_average',
  title: 'Weighted sum (fusion_bench)',
  summary: 'θ = Σ wₖ θₖ, the weights as they are.',
  source: 'fusion_bench 0.2.33 weighted_average',
  models: ANY_MODELS,
  needsBase: false,
  family: 'average',
  parameters: [{ ...WEIGHT, name: 'weights', title: 'Weights' }],
  linear: (values) => ({ origin: null, terms: modelTerms(values.perModel('weights')) }),
});

function mean(count: number) {
  return { origin: null, terms: modelTerms(Array.from({ length: count }, () => 1 / count)) };
}
