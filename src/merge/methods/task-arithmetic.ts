import { modelTerms } from '../linear-form.ts';
import { defineLinearMethod } from '../linear/linear-method.ts';
import { ANY_MODELS } from '../method.ts';
import { LAMBDA, WEIGHT } from './common-parameters.ts';

/**
 * Task arithmetic.   θ = θᵦ + λ Σ wₖ (θₖ − θᵦ), Σ divided by Σ wₖ when normalised (0 counts as 1)
 * @source Ilharco et al. 2023, arXiv:2212.04089; mergekit `task_arithmetic`
 */
export const taskArithmetic = defineLinearMethod({
  id: 'task_arithmetic',
  title: 'Task arithmetic',
  summary: 'θ = θᵦ + λ Σ wₖ (θₖ − θᵦ): adds what each model learned on top of the base.',
  source: 'Ilharco et al. 2023, arXiv:2212.04089; mergekit 0.1.4 task_arithmetic',
  models: ANY_MODELS,
  needsBase: true,
  family: 'task-vector',
  isMergekit: true,
  parameters: [
    WEIGHT,
    LAMBDA,
    {
      kind: 'boolean',
      name: 'normalize',
      title: 'Normalise weights',
      doc: 'Divides the weights by their sum, unless that is 0.',
      default: false,
    },
  ],
  linear: (values) => {
    const weights = values.perModel('weight');
    const sum = weights.reduce((total, weight) => total + weight, 0);
    const divisor = values.boolean('normalize') && Math.abs(sum) >= 1e-8 ? sum : 1;
    const lambda = values.number('lambda');
    return {
      origin: 'base',
      terms: modelTerms(weights.map((weight) => (lambda * weight) / divisor)),
    };
  },
});
