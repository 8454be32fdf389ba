import { AppError } from '../../core/errors.ts';
import { combinedNorm, normOf } from '../gram/angles.ts';
import { allModels, defineGramMethod } from '../gram/gram-method.ts';
import { normalized } from '../linear-form.ts';
import { WEIGHT } from './common-parameters.ts';

/** Means of directions shorter than this cannot be told from zero in float32 products. */
const RESOLVED = 5e-4;

/**
 * Barycentre on the sphere; x are the models or (with a base) the task vectors.
 *   uₖ = xₖ / (|xₖ| + ε), μ = Σ wₖ uₖ / |Σ wₖ uₖ|,   θ = (θᵦ +) μ Σ wₖ |xₖ|
 * mergekit adds one step in the tangent space at μ, T = Σ wₖ (uₖ − ⟨uₖ, μ⟩ μ), which is 0 for every
 * input; it is left out. Where directions cancel (|Σ wₖ uₖ| < 5e-4) two models give Σ wₖ xₖ, more
 * are an error; tensors of zeros give zeros.
 * @numeric |y − f64| <= 1e-6 Σ|wₖ xₖ| / |Σ wₖ uₖ| per element; same bits on repeat
 * @errors  invalid-argument when directions cancel, or weights to be normalised add up to 0
 * @source  mergekit `multislerp`
 */
export const multislerp = defineGramMethod({
  id: 'multislerp',
  title: 'Multi-SLERP',
  summary: 'Weighted mean direction times weighted mean length: μ Σ wₖ |xₖ|, μ ∝ Σ wₖ xₖ / |xₖ|.',
  source: 'mergekit 0.1.4 multislerp',
  models: { min: 2, max: 64 },
  needsBase: false,
  takesBase: true,
  family: 'spherical',
  isMergekit: true,
  parameters: [
    WEIGHT,
    {
      kind: 'boolean',
      name: 'normalize_weights',
      title: 'Normalise weights',
      doc: 'Divides the weights by their sum.',
      default: true,
    },
    {
      kind: 'number',
      name: 'eps',
      title: 'Guard ε',
      doc: 'Added to every length before dividing by it.',
      perModel: false,
      default: 1e-8,
      range: [1e-12, 1e-2],
    },
  ],
  rule: {
    form: (_, operands) => ({
      operands: allModels(operands),
      origin: operands.hasBase ? 'base' : null,
      unit: 'tensor',
    }),
    coefficients: (gram, values, _, tensor) => {
      const given = values.perModel('weight');
      const weights = values.boolean('normalize_weights') ? normalized(given) : given;
      const eps = values.number('eps');
      const lengths = weights.map((_, k) => normOf(gram, k));
      const directions = weights.map((weight, k) => weight / ((lengths[k] ?? 0) + eps));
      const length = combinedNorm(gram, directions);
      if (lengths.every((value) => value === 0)) return { values: weights, reported: 0 };
      if (length < Math.max(RESOLVED * largest(weights), eps)) {
        if (weights.length === 2) return { values: weights, reported: length };
        throw cancelled(tensor);
      }
      const scale = weights.reduce((sum, weight, k) => sum + weight * (lengths[k] ?? 0), 0);
      return {
        values: directions.map((direction) => (direction * scale) / length),
        reported: length,
      };
    },
    reported: 'resultant',
  },
});

function largest(weights: readonly number[]): number {
  return Math.max(...weights.map(Math.abs));
}

function cancelled(tensor: string): AppError {
  return new AppError('invalid-argument', `The directions of the models cancel in "${tensor}".`, {
    hint: 'Nothing was merged. Change the weights, or leave one of the models out.',
    faults: [{ place: `tensor "${tensor}"`, message: 'The mean direction is zero.' }],
  });
}
