import { ANY_MODELS, type MergeMethod } from '../method.ts';
import { planPolar, type PolarPlan } from '../spectral/polar.ts';
import { decompose, rowMatrix, rowMatrixSize, type RowMatrix } from '../spectral/svd.ts';
import { joinTriplets, placeOf, takeTriplets } from '../spectral/triplets.ts';
import {
  extractDeltas,
  mergeMatrices,
  mergeOthers,
  NOWHERE,
  type MatrixTensor,
} from '../spectral/tensors.ts';

interface Plan {
  readonly deltas: readonly RowMatrix[];
  /** Singular triplets kept of each task. */
  readonly kept: number;
  readonly short: PolarPlan;
  readonly long: PolarPlan;
}

function planOf(
  { rows, length }: MatrixTensor,
  take: (size: number) => number,
  models: number,
): Plan {
  const kept = Math.floor(rows / models);
  return {
    deltas: Array.from({ length: models }, () =>
      rowMatrix(take(rowMatrixSize(rows, length)), rows, length),
    ),
    kept,
    short: planPolar(kept * models, rows, take),
    long: planPolar(kept * models, length, take),
  };
}

/**
 * TSV-M.   τₖ = Uₖ Sₖ Vₖᵀ, of each the ⌊min(m, p) / models⌋ largest triplets, side by side:
 *          θ = θᵦ + α polar([U₁ … ]) diag(S₁, …) polar([V₁ … ])ᵀ   for every 2-D tensor
 * Other tensors: θᵦ + α mean τₖ. A list of α scales the task vectors before (which is the same as
 * one α after, where all are equal). Triplets below the rank cut of `decompose` are left out, and
 * directions that several tasks share to float32 precision count once, with the mean of their
 * singular values; more models than min(m, p) keep nothing and give the base.
 * Cost: a decomposition (see `decompose`) a task, two polar factors.
 * @numeric |y − f64| <= 3e-5 + 1e-4 |y| where the kept vectors of the tasks are not nearly parallel;
 *          same bits on repeat
 * @source  Gargiulo et al. 2025, arXiv:2412.00081; fusion_bench TSVM_utils.py
 */
export const tsvm: MergeMethod = {
  id: 'tsvm',
  title: 'TSV-M',
  summary:
    'Joins the largest singular triplets of every task vector after making them orthogonal: θ = θᵦ + α Û S V̂ᵀ.',
  source: 'Gargiulo et al. 2025, arXiv:2412.00081; fusion_bench 0.2.33 TSVM',
  models: ANY_MODELS,
  needsBase: true,
  family: 'spectral',
  parameters: [
    {
      kind: 'number',
      name: 'alpha',
      title: 'Scale α',
      doc: 'Multiplies the merged task vector; a list scales each model’s own task vector.',
      perModel: true,
      default: 1,
      range: [-100, 100],
      slider: [0, 2],
    },
  ],
  apply: async (context) => {
    const { models } = context;
    const scales = context.values.perModel('alpha');
    const means = scales.map((scale) => scale / models.length);
    await mergeOthers(context, means);
    await mergeMatrices(context, {
      plan: (tensor, take) => planOf(tensor, take, models.length),
      merge: async (workspace, tensors, plans) => {
        const deltas = plans.flatMap((plan) => plan.deltas);
        const places = deltas.map((delta) => placeOf(delta));
        const placed = (index: number, k: number) => places[index * models.length + k] ?? NOWHERE;
        await workspace.run(extractDeltas(workspace, context, tensors, placed));
        const spectra = await decompose(workspace, deltas);
        const of = (index: number) =>
          spectra.slice(index * models.length, (index + 1) * models.length);
        const copies = plans.flatMap(({ kept, short, long }, index) =>
          of(index).flatMap((spectrum, k) =>
            takeTriplets(
              spectrum,
              { first: 0, count: kept, row: k * kept },
              short.source,
              long.source,
            ),
          ),
        );
        await workspace.run(workspace.vectors(copies));
        const joins = plans.map(({ kept, short, long }, index) => {
          const weights = of(index).flatMap(({ sigma }, k) =>
            sigma.slice(0, kept).map((value) => value * (scales[k] ?? 1)),
          );
          return { short, long, weights, out: placed(index, 0) };
        });
        await joinTriplets(workspace, joins);
        return joins.map(({ out }) => ({ place: out, factor: 1 }));
      },
    });
  },
};
