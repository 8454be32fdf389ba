import { combinationSteps } from '../linear/combination-steps.ts';
import { ANY_MODELS, type MergeMethod } from '../method.ts';
import { throughRanges } from '../recorded/recorded-form.ts';
import { baseOf } from '../sparse/delta-workspace.ts';
import { foldKernels, foldStep } from '../sparse/fold-kernels.ts';
import { scaleParameter } from './common-parameters.ts';

/**
 * MagMax.   θ = θᵦ + s τ*, where τ* takes from each parameter's task vectors the one with the largest
 * magnitude; of equal ones the later model's, so the order of the models can matter.
 * @numeric choice exact; |y − f64| <= 5e-7 + 1e-6 |y| for s near 1; same bits on repeat
 * @source  Marczak et al. 2024, arXiv:2407.06322; fusion_bench `method/magmax`
 */
export const magmax: MergeMethod = {
  id: 'magmax',
  title: 'MagMax',
  summary: 'θ = θᵦ + s · the task vector with the largest magnitude, parameter by parameter.',
  source: 'Marczak et al. 2024, arXiv:2407.06322; fusion_bench 0.2.33 magmax',
  models: ANY_MODELS,
  needsBase: true,
  family: 'sparse',
  isElementwise: () => true,
  ranges: throughRanges,
  parameters: [
    scaleParameter('scaling_factor', 'Scale s', 0.5, 'Multiplies the merged task vector.'),
  ],
  apply: async (context) => {
    const base = baseOf(context);
    const result = context.scratch('largest', 'f32', context.layout.length);
    const second = context.scratch('unused', 'f32', 1);
    const coefficient = context.values.number('scaling_factor');
    await context.run([
      ...context.models.map((model) =>
        foldStep(foldKernels.largest, { result, second, base, model }),
      ),
      ...combinationSteps(context.output, [{ buffer: result, coefficient }], {
        start: 'origin',
        origin: base,
      }),
    ]);
  },
};
