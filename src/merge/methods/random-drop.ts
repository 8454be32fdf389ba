import { ANY_MODELS, type MergeContext, type MergeMethod } from '../method.ts';
import type { NumberParameter, ParameterDef, ParameterValues } from '../parameters.ts';
import { throughRanges } from '../recorded/recorded-form.ts';
import { addDeltas, electDeltas } from '../sparse/combine.ts';
import { deltaWorkspace } from '../sparse/delta-workspace.ts';
import { sparsify, type Drop } from '../sparse/sparsify.ts';
import { LAMBDA, scaleParameter, WEIGHT } from './common-parameters.ts';
import {
  DENSITY,
  normalizeParameter,
  RESCALE_BY,
  rescaleOf,
  rescaleParameter,
  SEED,
} from './sparse-parameters.ts';

const EPSILON: NumberParameter = {
  kind: 'number',
  name: 'epsilon',
  title: 'Spread ε',
  doc: 'How far the probability to stay moves from the density: ρ − ε for the smallest of a row, ρ + ε for the largest.',
  perModel: true,
  default: 0.15,
  range: [0, 1],
};

function parametersOf(averages: boolean, more: readonly ParameterDef[] = []): ParameterDef[] {
  return [
    DENSITY,
    ...more,
    WEIGHT,
    LAMBDA,
    normalizeParameter(averages),
    rescaleParameter(true),
    RESCALE_BY,
    SEED,
  ];
}

function random(values: ParameterValues): Drop {
  return { kind: 'random', density: values.perModel('density'), seed: values.number('seed') };
}

function ranked(values: ParameterValues): Drop {
  const epsilon = values.perModel('epsilon');
  return { ...random(values), kind: 'ranked', epsilon } as Drop;
}

async function drawn(context: MergeContext, drop: Drop) {
  const { values } = context;
  const workspace = deltaWorkspace(context);
  const rescale = rescaleOf(values.boolean('rescale'), values.choice('rescale_by'));
  await sparsify(workspace, drop, rescale);
  return workspace.deltas;
}

async function summed(context: MergeContext, drop: Drop): Promise<void> {
  const { values } = context;
  await addDeltas(context, await drawn(context, drop), {
    weights: values.perModel('weight'),
    normalize: values.boolean('normalize'),
    lambda: values.number('lambda'),
  });
}

async function elected(context: MergeContext, drop: Drop): Promise<void> {
  const { values } = context;
  await electDeltas(context, await drawn(context, drop), {
    weights: values.perModel('weight'),
    combine: values.boolean('normalize') ? 'mean' : 'sum',
    lambda: values.number('lambda'),
  });
}

/**
 * DARE, then task arithmetic.   θ = θᵦ + λ Σ wₖ τ̂ₖ, where τ̂ₖ drops each element with probability
 * 1 − ρₖ and rescales the rest. Draws are counter-based, by seed, tensor name, model and position;
 * given masks replace them. A tensor of which nothing stays keeps the base. Weights that add up to
 * 0 are not normalised.
 * @numeric |y − f64| <= 2e-6 + 1e-5 |y|; same bits on repeat, the same masks on every machine
 * @source  Yu et al. 2023, arXiv:2311.03099; mergekit `dare_linear`
 */
export const dareLinear: MergeMethod = {
  id: 'dare_linear',
  title: 'DARE',
  summary:
    'θ = θᵦ + λ Σ wₖ τ̂ₖ: drops elements of each task vector by chance and rescales the rest.',
  source: 'Yu et al. 2023, arXiv:2311.03099; mergekit 0.1.4 dare_linear',
  models: ANY_MODELS,
  needsBase: true,
  family: 'sparse',
  isMergekit: true,
  ranges: throughRanges,
  parameters: parametersOf(false),
  apply: (context) => summed(context, random(context.values)),
};

/**
 * DARE, then the election of TIES: as `dare_linear`, but only values of the elected sign are added.
 * @numeric |y − f64| <= 2e-6 + 1e-5 |y|; same bits on repeat, the same masks on every machine
 * @source  Yu et al. 2023, arXiv:2311.03099; mergekit `dare_ties`
 */
export const dareTies: MergeMethod = {
  ...dareLinear,
  id: 'dare_ties',
  title: 'DARE with TIES',
  summary: 'θ = θᵦ + λ · the agreeing part of wₖ τ̂ₖ, each task vector thinned by chance.',
  source: 'Yu et al. 2023, arXiv:2311.03099; mergekit 0.1.4 dare_ties',
  apply: (context) => elected(context, random(context.values)),
};

/**
 * DELLA: as `dare_ties`, but large elements stay more often. The probability grows linearly with
 * the rank of |τ| within its row, from ρ − ε to ρ + ε; rows lie along axis 1, a vector is one row,
 * equal magnitudes rank by position. A row of one element has probability ρ (mergekit stops).
 * @errors  invalid-argument where ρ ± ε is not between 0 and 1 (ρ = 1 keeps, ρ = 0 drops all)
 * @numeric |y − f64| <= 2e-6 + 1e-5 |y|; same bits on repeat, the same masks on every machine
 * @source  Deep et al. 2024, arXiv:2406.11617; mergekit `della`
 */
export const della: MergeMethod = {
  ...dareLinear,
  id: 'della',
  title: 'DELLA',
  summary: 'θ = θᵦ + λ · the agreeing part of wₖ τ̂ₖ, where large elements are dropped less often.',
  source: 'Deep et al. 2024, arXiv:2406.11617; mergekit 0.1.4 della',
  parameters: parametersOf(true, [EPSILON]),
  apply: (context) => elected(context, ranked(context.values)),
};

/**
 * DELLA without the election: as `dare_linear` with the probabilities of `della`.
 * @errors  invalid-argument where ρ ± ε is not between 0 and 1 (ρ = 1 keeps, ρ = 0 drops all)
 * @numeric |y − f64| <= 2e-6 + 1e-5 |y|; same bits on repeat, the same masks on every machine
 * @source  Deep et al. 2024, arXiv:2406.11617; mergekit `della_linear`
 */
export const dellaLinear: MergeMethod = {
  ...dareLinear,
  id: 'della_linear',
  title: 'DELLA without election',
  summary: 'θ = θᵦ + λ Σ wₖ τ̂ₖ, where large elements are dropped less often.',
  source: 'Deep et al. 2024, arXiv:2406.11617; mergekit 0.1.4 della_linear',
  parameters: parametersOf(false, [EPSILON]),
  apply: (context) => summed(context, ranked(context.values)),
};

/**
 * DARE as fusion_bench has it.   θ = θᵦ + s Σ τ̂ₖ, what stays divided by 1 − p
 * With p = 1 everything is dropped and the base stays.
 * @numeric |y − f64| <= 5e-7 + 1e-6 |y| for s / (1 − p) near 1; same bits on repeat
 * @source  fusion_bench 0.2.33 `method/dare`
 */
export const dareFusionBench: MergeMethod = {
  id: 'dare_fb',
  title: 'DARE (fusion_bench)',
  summary: 'θ = θᵦ + s Σ m ⊙ τₖ / (1 − p), the masks m drawn with probability 1 − p.',
  source: 'fusion_bench 0.2.33 dare',
  models: ANY_MODELS,
  needsBase: true,
  family: 'sparse',
  ranges: throughRanges,
  parameters: [
    {
      kind: 'number',
      name: 'sparsity_ratio',
      title: 'Dropped share p',
      doc: 'Probability with which an element of a task vector is dropped.',
      perModel: false,
      default: 0.5,
      range: [0, 1],
    },
    rescaleParameter(true),
    scaleParameter('scaling_factor', 'Scale s', 0.3, 'Multiplies the sum of the task vectors.'),
    SEED,
  ],
  apply: async (context) => {
    const { values, models } = context;
    const workspace = deltaWorkspace(context);
    const kept = 1 - values.number('sparsity_ratio');
    const density = models.map(() => kept);
    const seed = values.number('seed');
    const rescale = values.boolean('rescale') ? 'density' : 'none';
    await sparsify(workspace, { kind: 'random', density, seed }, rescale);
    const weights = models.map(() => 1);
    const lambda = values.number('scaling_factor');
    await addDeltas(context, workspace.deltas, { weights, normalize: false, lambda });
  },
};
