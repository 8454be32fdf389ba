import { defineLinearMethod } from '../linear/linear-method.ts';
import { TARGET_SOURCE } from '../method.ts';
import { scaleParameter, SOURCE_COEFFICIENT } from './common-parameters.ts';

/**
 * Weighted two-model form, models = [target, source].   θ = θᵦ + s [(1 − c) τ_target + c τ_source]
 * @source MMGRid, development version of task arithmetic
 */
export const mmgridWeighted = defineLinearMethod({
  id: 'mmgrid_weighted',
  title: 'Weighted task vectors (MMGRid)',
  summary: 'θ = θᵦ + s [(1 − c) τ_target + c τ_source].',
  source: 'MMGRid, development version of task arithmetic',
  models: { min: 2, max: 2 },
  order: TARGET_SOURCE,
  needsBase: true,
  family: 'task-vector',
  parameters: [
    SOURCE_COEFFICIENT,
    scaleParameter('scaling_coefficient', 'Scale s', 1, 'Multiplies the merged task vector.'),
  ],
  linear: (values) => {
    const scale = values.number('scaling_coefficient');
    const share = values.number('source_coeff');
    return {
      origin: 'base',
      terms: [
        { operand: 0, coefficient: scale * (1 - share) },
        { operand: 1, coefficient: scale * share },
      ],
    };
  },
});

/**
 * What MMGRid's release calls task arithmetic, kept for comparison only: it is the velocity form
 * on the reversed list and pushes the target away from the source. models = [target, source].
 * @source MMGRid `src/merging/merging_methods.py` TaskArithmeticMerging
 */
export const mmgridTaskArithmetic = defineLinearMethod({
  id: 'mmgrid_task_arithmetic',
  title: 'Task arithmetic as released (MMGRid, compatibility)',
  summary: 'θ = θ_target + s (θ_target − θ_source): not task arithmetic; the base is unused.',
  source: 'MMGRid merging_methods.py TaskArithmeticMerging',
  models: { min: 2, max: 2 },
  order: TARGET_SOURCE,
  needsBase: false,
  family: 'task-vector',
  parameters: [
    scaleParameter('scaling_coefficient', 'Step s', 0.05, 'How far the target moves on.'),
  ],
  linear: (values) => ({
    origin: 0,
    terms: [{ operand: 1, coefficient: -values.number('scaling_coefficient') }],
  }),
});
