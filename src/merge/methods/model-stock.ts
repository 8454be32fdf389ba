import { cosineOf, mean, normOf, pairsOf } from '../gram/angles.ts';
import { allModels, defineGramMethod } from '../gram/gram-method.ts';
import type { GramRule } from '../gram/gram-rule.ts';
import type { GramMatrix } from '../gram/gram.ts';

/** Where 1 + (k−1) c is smaller, the task vectors cancel and the ratio has no bound. */
const SINGULAR = 1e-6;
const EPS_FB = 1e-8;

/**
 * Model Stock: the mean of the models, pulled to the base by how much their task vectors disagree.
 *   c = mean cos(τᵢ, τⱼ), t = k c / (1 + (k−1) c),   θ = t · mean θₖ + (1−t) θᵦ
 * The product of two lengths counts as at least 1e-6, so that task vectors of zeros give the base.
 * t may be below 0 or above 1 (as in mergekit) unless `clamp` bounds it; where 1 + (k−1) c < 1e-6
 * (task vectors that cancel; mergekit divides by 0) the result is the base.
 * @numeric |y − f64| <= 2e-6 |t| max|τ| / (1 + (k−1) c)² per element; same bits on repeat
 * @source  Jang et al. 2024, arXiv:2403.19522; mergekit `model_stock`
 */
export const modelStock = defineGramMethod({
  id: 'model_stock',
  title: 'Model Stock',
  summary:
    'θ = t · mean θₖ + (1−t) θᵦ with t = k c / (1 + (k−1) c), c the mean cosine of task vectors.',
  source: 'Jang et al. 2024, arXiv:2403.19522; mergekit 0.1.4 model_stock',
  models: { min: 2, max: 64 },
  needsBase: true,
  family: 'spherical',
  isMergekit: true,
  parameters: [
    {
      kind: 'boolean',
      name: 'filter_wise',
      title: 'Per row',
      doc: 'One ratio for each row (vector along the last axis) instead of one a tensor.',
      default: false,
    },
    {
      kind: 'boolean',
      name: 'clamp',
      title: 'Bound t',
      doc: 'Keeps t within 0 and 1, between the base and the mean.',
      default: false,
    },
  ],
  rule: {
    ...stockForm((values) => (values.boolean('filter_wise') ? 'row' : 'tensor')),
    coefficients: (gram, values) => {
      const cosine = mean(
        pairsOf(gram.size).map(([i, j]) =>
          cosineOf(gram, i, j, Math.max(normOf(gram, i) * normOf(gram, j), 1e-6)),
        ),
      );
      const divisor = 1 + (gram.size - 1) * cosine;
      const ratio = divisor < SINGULAR ? 0 : (gram.size * cosine) / divisor;
      return stock(gram, values.boolean('clamp') ? Math.min(1, Math.max(0, ratio)) : ratio);
    },
  },
});

/**
 * Model Stock as fusion_bench has it: with more than two models the mean of the angles, not of the
 * cosines, and 10⁻⁸ in both divisors.
 * @numeric as `model_stock`
 * @source  fusion_bench 0.2.33 `model_stock`
 */
export const modelStockFb = defineGramMethod({
  id: 'model_stock_fb',
  title: 'Model Stock (fusion_bench)',
  summary: 'Model Stock with c the cosine of the mean angle between task vectors.',
  source: 'fusion_bench 0.2.33 model_stock',
  models: { min: 2, max: 64 },
  needsBase: true,
  family: 'spherical',
  parameters: [],
  rule: {
    ...stockForm(() => 'tensor'),
    coefficients: (gram) => {
      const angle = mean(
        pairsOf(gram.size).map(([i, j]) =>
          Math.acos(cosineOf(gram, i, j, normOf(gram, i) * normOf(gram, j) + EPS_FB)),
        ),
      );
      const divisor = 1 + (gram.size - 1) * Math.cos(angle) + EPS_FB;
      return stock(gram, divisor < SINGULAR ? 0 : (gram.size * Math.cos(angle)) / divisor);
    },
  },
});

function stockForm(
  unit: (values: Parameters<GramRule['form']>[0]) => 'tensor' | 'row',
): Pick<GramRule, 'form' | 'reported'> {
  return {
    form: (values, operands) => ({
      operands: allModels(operands),
      origin: 'base',
      unit: unit(values),
    }),
    reported: 'ratio',
  };
}

/** θᵦ + (t/k) Σ τₖ. */
function stock(gram: GramMatrix, ratio: number) {
  return {
    values: Array.from({ length: gram.size }, () => ratio / gram.size),
    reported: ratio,
  };
}
