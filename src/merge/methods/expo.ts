import { modelTerms } from '../linear-form.ts';
import { defineLinearMethod } from '../linear/linear-method.ts';
import { ANY_MODELS } from '../method.ts';
import { scaleParameter } from './common-parameters.ts';

/**
 * ExPO: past the fine-tuned model, away from the base.   θ = θ̄ + a (θ̄ − θᵦ), θ̄ the mean of the models
 * @numeric |y − f64| <= 5e-7 + 1e-6 |y| for a near 1
 * @source  Zheng et al. 2024, arXiv:2404.16792; fusion_bench `method/linear/expo`
 */
export const expo = defineLinearMethod({
  id: 'expo',
  title: 'ExPO',
  summary: 'θ = θ̄ + a (θ̄ − θᵦ): extrapolates the mean of the models away from the base.',
  source: 'Zheng et al. 2024, arXiv:2404.16792; fusion_bench 0.2.33 expo',
  models: ANY_MODELS,
  needsBase: true,
  family: 'task-vector',
  parameters: [
    scaleParameter(
      'extrapolation_factor',
      'Extrapolation a',
      0.1,
      'How far to go past the models; 0 is their mean.',
    ),
  ],
  linear: (values, count) => {
    const coefficient = (1 + values.number('extrapolation_factor')) / count;
    return { origin: 'base', terms: modelTerms(Array.from({ length: count }, () => coefficient)) };
  },
});
