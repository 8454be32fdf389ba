import { modelTerms, normalized } from '../linear-form.ts';
import { defineLinearMethod } from '../linear/linear-method.ts';
import { ANY_MODELS } from '../method.ts';
import { WEIGHT } from './common-parameters.ts';

/**
 * Weight averaging (model soup).   θ = Σ wₖ θₖ, divided by Σ wₖ when normalised
 * @errors invalid-argument when normalised weights add up to 0
 * @source Wortsman et al. 2022, arXiv:2203.05482; mergekit `linear`
 */
export const linear = defineLinearMethod({
  id: 'linear',
  title: 'Weight averaging',
  summary: 'θ = Σ wₖ θₖ: the weighted mean of the parameters.',
  source: 'Wortsman et al. 2022, arXiv:2203.05482; mergekit 0.1.4 linear',
  models: ANY_MODELS,
  needsBase: false,
  family: 'average',
  isMergekit: true,
  parameters: [
    WEIGHT,
    {
      kind: 'boolean',
      name: 'normalize',
      title: 'Normalise weights',
      doc: 'Divides the weights by their sum.',
      default: true,
    },
  ],
  linear: (values) => {
    const weights = values.perModel('weight');
    const coefficients = values.boolean('normalize') ? normalized(weights) : weights;
    return { origin: null, terms: modelTerms(coefficients) };
  },
});
