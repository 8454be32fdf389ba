import { modelTerms } from '../linear-form.ts';
import { defineLinearMethod } from '../linear/linear-method.ts';
import { ANY_MODELS } from '../method.ts';
import { scaleParameter } from './common-parameters.ts';

/**
 * Task arithmetic as fusion_bench has it.   θ = θᵦ + s Σ (θₖ − θᵦ)
 * @source fusion_bench 0.2.33 `method/task_arithmetic`
 */
export const taskArithmeticSum = defineLinearMethod({
  id: 'task_arithmetic_fb',
  title: 'Task arithmetic (fusion_bench)',
  summary: 'θ = θᵦ + s Σ (θₖ − θᵦ).',
  source: 'fusion_bench 0.2.33 task_arithmetic',
  models: ANY_MODELS,
  needsBase: true,
  family: 'task-vector',
  parameters: [scaleParameter('scaling_factor', 'Scale s', 0.3, 'Multiplies each task vector.')],
  linear: (values, count) => ({
    origin: 'base',
    terms: modelTerms(Array.from({ length: count }, () => values.number('scaling_factor'))),
  }),
});
