import { composeLayers, usedWeights } from '../gram/ada-merging.ts';
import { ANY_MODELS, type MergeMethod } from '../method.ts';

/**
 * AdaMerging: task vectors with a λ of their own for each model and tensor, learned so that the
 * merged model's predictions on the models' data are sure. The λ are `statistics.layerWeights`.
 *   θ_l = θᵦ_l + Σ λ_{k,l} τ_{k,l}
 * @numeric as `composeLayers`
 * @errors  invalid-argument without learned weights
 * @source  Yang et al. 2024, arXiv:2310.02575 (layer-wise)
 */
export const adamerging: MergeMethod = {
  id: 'adamerging',
  title: 'AdaMerging',
  summary:
    'θ = θᵦ + Σ λₖ τₖ with a λ for each model and tensor, learned from the entropy of predictions.',
  source: 'Yang et al. 2024, arXiv:2310.02575; fusion_bench 0.2.33 adamerging',
  models: ANY_MODELS,
  needsBase: true,
  family: 'data',
  needs: ['layerWeights'],
  // A λ depends on what the whole model predicts.
  isGlobal: () => true,
  parameters: [
    {
      kind: 'number',
      name: 'init_values',
      title: 'First λ',
      doc: 'Where all weights begin.',
      perModel: false,
      default: 0.3,
      range: [-2, 2],
      slider: [0, 1],
    },
    {
      kind: 'number',
      name: 'lr',
      title: 'Learning rate',
      doc: 'Of Adam on the weights.',
      perModel: false,
      default: 1e-3,
      range: [0, 1],
      slider: [1e-4, 0.1],
    },
    {
      kind: 'number',
      name: 'max_steps',
      title: 'Steps',
      doc: 'Each takes one batch of every model’s training data.',
      perModel: false,
      default: 100,
      range: [1, 10_000],
      slider: [10, 1000],
      isInteger: true,
    },
    {
      kind: 'boolean',
      name: 'clamp',
      title: 'Keep within 0 and 1',
      doc: 'Bounds every weight.',
      default: false,
    },
  ],
  apply: (context) => {
    const clamp = context.values.boolean('clamp');
    const weights = usedWeights(context.statistics.layerWeights ?? [], { clamp, softmax: false });
    const places = new Map(context.layout.entries.map(({ name }, index) => [name, index]));
    return composeLayers(context, weights, (tensor) => places.get(tensor) ?? -1);
  },
};
