import type { MergeMethod } from '../method.ts';
import type { NumberParameter } from '../parameters.ts';
import { opcmJobs, opcmSteps, planOpcm } from '../spectral/opcm-steps.ts';
import { baseOf, mergeMatrices, mergeOthers } from '../spectral/tensors.ts';

/** Share of the spectrum of a running merge that new models leave alone. */
export const ALPHA: NumberParameter = {
  kind: 'number',
  name: 'alpha',
  title: 'Protected share α',
  doc: 'Share of the singular values of the merge so far whose directions new models leave alone.',
  perModel: false,
  default: 0.5,
  range: [0, 1],
};

/**
 * One step of OPCM, models = [merge so far, new model], T = merge so far − θᵦ = U S Vᵀ, τ = new − θᵦ:
 *   θ = θᵦ + (λ′ T + τ − U mask(Uᵀ τ V) Vᵀ) / λ   for every 2-D tensor
 * mask keeps the leading block (up to a cumulated share α of S) and the diagonal. Other tensors:
 * θᵦ + (λ′ T + τ) / λ. Directions in which T is 0 to float32 precision are not masked, so a zero T
 * gives θᵦ + τ / λ (a reference with arbitrary vectors there removes an arbitrary diagonal).
 * Cost: one decomposition (see `decompose`), four products of 2 min(m, p)² max(m, p).
 * @numeric |y − f64| <= 4e-5 + 1e-4 |y| where S is separate at the cut; same bits on repeat
 * @source  Tang et al. 2025, arXiv:2501.09522; fusion_bench opcm_general.py
 */
export const opcmStep: MergeMethod = {
  id: 'opcm_step',
  title: 'OPCM, one step',
  summary:
    'Adds a task vector to a running merge without the part that lies in its leading directions: θ = θᵦ + (λ′ T + τ − U mask(Uᵀ τ V) Vᵀ) / λ.',
  source: 'Tang et al. 2025, arXiv:2501.09522; fusion_bench 0.2.33 opcm',
  models: { min: 2, max: 2 },
  order: 'merge so far, new model',
  needsBase: true,
  family: 'spectral',
  parameters: [
    ALPHA,
    {
      kind: 'number',
      name: 'previous_lambda',
      title: 'Previous scale λ′',
      doc: 'What the merge so far was divided by.',
      perModel: false,
      default: 1,
      range: [-100, 100],
      slider: [0, 4],
    },
    {
      kind: 'number',
      name: 'lambda',
      title: 'Scale λ',
      doc: 'Divides the new merge.',
      perModel: false,
      default: 1,
      range: [0.001, 1000],
      slider: [0.1, 4],
    },
  ],
  apply: async (context) => {
    const { values, models } = context;
    const base = baseOf(context);
    const options = { alpha: values.number('alpha'), previous: values.number('previous_lambda') };
    const lambda = values.number('lambda');
    await mergeOthers(context, [options.previous / lambda, 1 / lambda]);
    await mergeMatrices(context, {
      plan: planOpcm,
      merge: async (workspace, tensors, plans) => {
        const steps = models.map((model, k) =>
          workspace.extract(model, base, opcmJobs(tensors, plans, k === 0 ? 'merged' : 'task')),
        );
        await workspace.run(...steps);
        await opcmSteps(workspace, plans, options);
        return plans.map(({ merged }) => ({ place: merged, factor: 1 / lambda }));
      },
    });
  },
};
