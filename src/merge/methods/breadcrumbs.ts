import { ANY_MODELS, type MergeContext, type MergeMethod } from '../method.ts';
import type { ChoiceParameter, NumberParameter } from '../parameters.ts';
import { throughRanges } from '../recorded/recorded-form.ts';
import { addDeltas, electDeltas } from '../sparse/combine.ts';
import { deltaWorkspace } from '../sparse/delta-workspace.ts';
import { sparsify } from '../sparse/sparsify.ts';
import { LAMBDA, WEIGHT } from './common-parameters.ts';
import { DENSITY, normalizeParameter, rescaleParameter } from './sparse-parameters.ts';

const GAMMA: NumberParameter = {
  kind: 'number',
  name: 'gamma',
  title: 'Outliers γ',
  doc: 'Share of the largest changes that is dropped first; fewer go where the density asks for them.',
  perModel: true,
  default: 0.01,
  range: [0, 1],
};

const COMPATIBILITY: ChoiceParameter = {
  kind: 'choice',
  name: 'compat',
  title: 'Small tensors',
  doc: 'What happens where the share of outliers is less than one element: nothing is dropped, or as in mergekit the whole task vector.',
  default: 'none',
  choices: ['none', 'mergekit'],
};

/** Elements of a tensor that go as outliers, and that stay. Exact ⌊ρ n⌋; ρ = 1 keeps all. */
export function bandCounts(size: number, density: number, gamma: number) {
  const keep = density >= 1 ? size : Math.floor(density * size);
  const skip = Math.min(Math.floor(gamma * size), size - keep);
  return { keep, skip };
}

async function trimmed(context: MergeContext) {
  const { values } = context;
  const [density, gamma] = [values.perModel('density'), values.perModel('gamma')];
  const counts = (model: number, size: number) => {
    const share = density[model] ?? 1;
    const found = bandCounts(size, share, gamma[model] ?? 0);
    const isEmptied = values.choice('compat') === 'mergekit' && share < 1 && found.skip === 0;
    return isEmptied ? { keep: 0, skip: 0 } : found;
  };
  const workspace = deltaWorkspace(context);
  const drop = {
    kind: 'band',
    keep: (model: number, size: number) => counts(model, size).keep,
    skip: (model: number, size: number) => counts(model, size).skip,
  } as const;
  await sparsify(workspace, drop, values.boolean('rescale') ? 'l1' : 'none');
  return workspace.deltas;
}

/**
 * Model breadcrumbs.   θ = θᵦ + λ Σ wₖ τ̂ₖ, where τ̂ₖ loses its ⌊γ n⌋ largest elements of each tensor
 * and then its smallest, so that ⌊ρ n⌋ stay. Equal magnitudes go by position. Where ⌊ρ n⌋ = 0 the
 * tensor keeps the base.
 * @numeric kept sets exact; |y − f64| <= 5e-7 + 1e-6 |y|, with rescaling 2e-6 + 1e-5 |y|; same bits
 *          on repeat
 * @source  Davari and Belilovsky 2023, arXiv:2312.06795; mergekit `breadcrumbs`
 */
export const breadcrumbs: MergeMethod = {
  id: 'breadcrumbs',
  title: 'Breadcrumbs',
  summary: 'θ = θᵦ + λ Σ wₖ τ̂ₖ: drops the largest and the smallest elements of each task vector.',
  source: 'Davari and Belilovsky 2023, arXiv:2312.06795; mergekit 0.1.4 breadcrumbs',
  models: ANY_MODELS,
  needsBase: true,
  family: 'sparse',
  isMergekit: true,
  ranges: throughRanges,
  parameters: [
    DENSITY,
    GAMMA,
    WEIGHT,
    LAMBDA,
    normalizeParameter(false),
    rescaleParameter(false),
    COMPATIBILITY,
  ],
  apply: async (context) => {
    const { values } = context;
    await addDeltas(context, await trimmed(context), {
      weights: values.perModel('weight'),
      normalize: values.boolean('normalize'),
      lambda: values.number('lambda'),
    });
  },
};

/**
 * Breadcrumbs, then the election of TIES: only values of the elected sign are added.
 * @numeric as `breadcrumbs`
 * @source  Davari and Belilovsky 2023, arXiv:2312.06795; mergekit `breadcrumbs_ties`
 */
export const breadcrumbsTies: MergeMethod = {
  ...breadcrumbs,
  id: 'breadcrumbs_ties',
  title: 'Breadcrumbs with TIES',
  summary: 'θ = θᵦ + λ · the agreeing part of wₖ τ̂ₖ without its largest and smallest elements.',
  source: 'Davari and Belilovsky 2023, arXiv:2312.06795; mergekit 0.1.4 breadcrumbs_ties',
  apply: async (context) => {
    const { values } = context;
    await electDeltas(context, await trimmed(context), {
      weights: values.perModel('weight'),
      combine: values.boolean('normalize') ? 'mean' : 'sum',
      lambda: values.number('lambda'),
    });
  },
};
