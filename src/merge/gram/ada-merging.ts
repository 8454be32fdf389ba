import { AppError } from '../../core/errors.ts';
import { combineTensors } from './combine.ts';
import { allModels } from './gram-method.ts';
import type { GramContext, GramForm } from './gram.ts';
import type { MergeContext } from '../method.ts';

/** λ of every model (first index) and layer (second). */
export type LayerWeights = readonly (readonly number[])[];

/** What happens to λ before it is used; first the bound, then the softmax. */
export interface LayerWeightRule {
  /** Bounds λ to 0…1. */
  readonly clamp: boolean;
  /** Replaces the λ of each layer by their softmax over the models. */
  readonly softmax: boolean;
}

/** The λ that a merge uses. */
export function usedWeights(weights: LayerWeights, rule: LayerWeightRule): number[][] {
  const bounded = weights.map((row) =>
    row.map((value) => (rule.clamp ? Math.min(1, Math.max(0, value)) : value)),
  );
  if (!rule.softmax) return bounded;
  return bounded.map((row, model) =>
    row.map((value, layer) => {
      const all = bounded.map((other) => other[layer] ?? 0);
      const highest = Math.max(...all);
      const sum = all.reduce((total, other) => total + Math.exp(other - highest), 0);
      return Math.exp((bounded[model]?.[layer] ?? value) - highest) / sum;
    }),
  );
}

/** AdaMerging combines task vectors with one coefficient a model and tensor. */
function adaMergingForm(models: number): GramForm {
  return { operands: allModels({ models, hasBase: false }), origin: 'base', unit: 'tensor' };
}

/**
 * θ_l = θᵦ_l + Σ λ_{k,l} τ_{k,l}: task vectors with weights of their own for each layer.
 * @param layerOf layer (second index of `weights`) of a tensor
 * @numeric |y − f64| <= 5e-7 + 1e-6 |y| for |λ| <= 2; same bits on repeat
 * @errors  invalid-argument when a tensor's layer has no weight for every model
 * @source  Yang et al. 2024, arXiv:2310.02575; fusion_bench `layer_wise_fusion`
 */
export async function composeLayers(
  context: GramContext & Pick<MergeContext, 'output'>,
  weights: LayerWeights,
  layerOf: (tensor: string) => number,
): Promise<void> {
  const { models, layout } = context;
  const coefficients = layout.entries
    .filter(({ size }) => size > 0)
    .flatMap(({ name }) =>
      models.map((_, model) => {
        const weight = weights[model]?.[layerOf(name)];
        if (weight !== undefined) return weight;
        throw new AppError('invalid-argument', `Tensor "${name}" has no weight of every model.`, {
          hint: 'Give one weight a model and layer.',
        });
      }),
    );
  await combineTensors(context, adaMergingForm(models.length), Float64Array.from(coefficients));
}
