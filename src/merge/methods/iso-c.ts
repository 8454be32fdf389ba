import { ANY_MODELS, type MergeMethod } from '../method.ts';
import { planPolar, polarFactors } from '../spectral/polar.ts';
import {
  evenWeights,
  extractDeltas,
  mergeMatrices,
  mergeOthers,
  NOWHERE,
} from '../spectral/tensors.ts';
import { placeOf } from '../spectral/triplets.ts';
import { scaleParameter } from './common-parameters.ts';

/** Scale of isotropic merges. */
export const SCALING_FACTOR = scaleParameter(
  'scaling_factor',
  'Scale',
  1,
  'Multiplies the merged task vector; the papers tune it on validation data.',
);

/**
 * ISO-C.   Σ τₖ = U S Vᵀ,   θ = θᵦ + s · mean(S) · U Vᵀ   for every 2-D tensor
 * Other tensors: θᵦ + s · mean τₖ. The polar factor U Vᵀ comes from Newton–Schulz; directions in
 * which Σ τₖ is 0 to float32 precision get 0 (fusion_bench fills them with arbitrary vectors), so
 * deltas that cancel give the base. mean(S) is over all min(m, p) singular values, zeros included.
 * Cost: 15 steps of 4 min(m, p)² max(m, p) operations a tensor.
 * @numeric |y − f64| <= 3e-5 + 1e-4 |y| for well-conditioned sums; same bits on repeat
 * @source  Marczak et al. 2025, arXiv:2502.04959; fusion_bench iso_utils.py
 */
export const isoC: MergeMethod = {
  id: 'iso_c',
  title: 'ISO-C',
  summary:
    'θ = θᵦ + s · mean(S) · U Vᵀ with U S Vᵀ = Σ τₖ: every direction of the sum gets the same size.',
  source: 'Marczak et al. 2025, arXiv:2502.04959; fusion_bench 0.2.33 iso_c',
  models: ANY_MODELS,
  needsBase: true,
  family: 'spectral',
  parameters: [SCALING_FACTOR],
  apply: async (context) => {
    const scaling = context.values.number(SCALING_FACTOR.name);
    await mergeOthers(context, evenWeights(context, scaling / context.models.length));
    await mergeMatrices(context, {
      plan: ({ rows, length }, take) => planPolar(rows, length, take),
      merge: async (workspace, tensors, plans) => {
        const places = plans.map(({ source }) => placeOf(source));
        const placed = (index: number) => places[index] ?? NOWHERE;
        await workspace.run(extractDeltas(workspace, context, tensors, placed, true));
        const polars = await polarFactors(workspace, plans);
        return polars.map(({ place, nuclear }, index) => ({
          place,
          factor: (scaling * nuclear) / (tensors[index]?.rows ?? 1),
        }));
      },
    });
  },
};
