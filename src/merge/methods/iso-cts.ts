import { ANY_MODELS, type MergeMethod } from '../method.ts';
import { rowMajor, transposed, type Place, type ProductJob } from '../spectral/jobs.ts';
import { planPolar, type PolarPlan } from '../spectral/polar.ts';
import { decompose, rowMatrix, rowMatrixSize, type RowMatrix } from '../spectral/svd.ts';
import {
  evenWeights,
  extractDeltas,
  mergeMatrices,
  mergeOthers,
  NOWHERE,
  type MatrixTensor,
} from '../spectral/tensors.ts';
import { joinTriplets, placeOf, takeTriplets } from '../spectral/triplets.ts';
import { SCALING_FACTOR } from './iso-c.ts';

interface Plan {
  readonly sum: RowMatrix;
  readonly deltas: readonly RowMatrix[];
  /** Triplets of the common space and of each task's own space. */
  readonly common: number;
  readonly own: number;
  readonly short: PolarPlan;
  readonly long: PolarPlan;
  /** Coordinates of a task vector in the common space, per model. */
  readonly coordinates: readonly number[];
}

/** Python's `round`: halves go to the even neighbour. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** How many of `rank` triplets are common; the rest divides by the number of models. */
function commonSize(rank: number, fraction: number, models: number): number {
  const own = roundHalfEven((rank - Math.trunc(rank * fraction)) / models);
  return rank - Math.min(own, Math.floor(rank / models)) * models;
}

function planOf(
  { rows, length }: MatrixTensor,
  take: (size: number) => number,
  { models, fraction }: { models: number; fraction: number },
): Plan {
  const matrix = () => rowMatrix(take(rowMatrixSize(rows, length)), rows, length);
  const each = Array.from({ length: models });
  const common = commonSize(rows, fraction, models);
  return {
    sum: matrix(),
    deltas: each.map(() => matrix()),
    common,
    own: (rows - common) / models,
    short: planPolar(rows, rows, take),
    long: planPolar(rows, length, take),
    coordinates: each.map(() => take(common * length)),
  };
}

/** Takes the common left space out of each task vector: τ ← τ − U_c U_cᵀ τ. */
function projections(
  tensors: readonly MatrixTensor[],
  plans: readonly Plan[],
): { readonly coordinates: ProductJob[]; readonly removed: ProductJob[] } {
  const [coordinates, removed]: [ProductJob[], ProductJob[]] = [[], []];
  plans.forEach((plan, index) => {
    const { common, short, long } = plan;
    // Rows of common vectors stand behind those of the tasks. The left side of a tall tensor is the
    // long one of its work matrix.
    const isTall = tensors[index]?.isTall === true;
    const { source } = isTall ? long : short;
    const basis = rowMajor(source.at + (source.rows - common) * source.stride, source.stride);
    plan.deltas.forEach((delta, k) => {
      const flip = (place: Place) => (isTall ? transposed(place) : place);
      const matrix = flip(placeOf(delta));
      const [N, depth] = isTall ? [delta.rows, delta.length] : [delta.length, delta.rows];
      const at = rowMajor(plan.coordinates[k] ?? 0, N);
      coordinates.push({ M: common, N, K: depth, a: basis, b: matrix, out: at });
      const addend = delta.at;
      removed.push({ M: depth, N, K: common, a: transposed(basis), b: at, out: matrix, addend });
    });
  });
  return { coordinates, removed };
}

/**
 * ISO-CTS.   common space: the c largest triplets of Σ τₖ, c = ⌊f r⌋ brought to where r − c divides
 *            by the number of models; own spaces: the (r − c) / models largest triplets of
 *            τₖ − U_c U_cᵀ τₖ; all side by side as U, V with singular values S:
 *            θ = θᵦ + s · mean(S) · polar(U) polar(V)ᵀ   for every 2-D tensor, r = min(m, p)
 * Other tensors: θᵦ + s · mean τₖ. Triplets below the rank cut count 0 and add no direction, so sums
 * that cancel and zero task vectors stay finite. With many models c is never below 0 (fusion_bench
 * fails there).
 * Cost: a decomposition (see `decompose`) a task and one of the sum, two polar factors.
 * @numeric |y − f64| <= 4e-5 + 1e-4 |y| for well-conditioned spaces; same bits on repeat
 * @source  Marczak et al. 2025, arXiv:2502.04959; fusion_bench iso_utils.py
 */
export const isoCts: MergeMethod = {
  id: 'iso_cts',
  title: 'ISO-CTS',
  summary:
    'ISO-C that keeps room for each task: part of the directions comes from the sum, the rest from what each task adds outside of it.',
  source: 'Marczak et al. 2025, arXiv:2502.04959; fusion_bench 0.2.33 iso_cts',
  models: ANY_MODELS,
  needsBase: true,
  family: 'spectral',
  parameters: [
    SCALING_FACTOR,
    {
      kind: 'number',
      name: 'common_space_fraction',
      title: 'Common share',
      doc: 'Share of the directions that comes from the sum of all task vectors.',
      perModel: false,
      default: 0.8,
      range: [0, 1],
    },
  ],
  apply: async (context) => {
    const { models, values } = context;
    const scaling = values.number(SCALING_FACTOR.name);
    const fraction = values.number('common_space_fraction');
    await mergeOthers(context, evenWeights(context, scaling / models.length));
    await mergeMatrices(context, {
      plan: (tensor, take) => planOf(tensor, take, { models: models.length, fraction }),
      merge: async (workspace, tensors, plans) => {
        const sums = plans.map(({ sum }) => placeOf(sum));
        const sumAt = (index: number) => sums[index] ?? NOWHERE;
        const deltaAt = (index: number, k: number) => {
          const delta = plans[index]?.deltas[k];
          return delta === undefined ? NOWHERE : placeOf(delta);
        };
        await workspace.run(
          extractDeltas(workspace, context, tensors, sumAt, true),
          extractDeltas(workspace, context, tensors, deltaAt),
        );
        const common = await decompose(
          workspace,
          plans.map(({ sum }) => sum),
        );
        const basis = common.flatMap((spectrum, index) => {
          const plan = plans[index];
          if (plan === undefined) return [];
          const range = { first: 0, count: plan.common, row: plan.own * models.length };
          return takeTriplets(spectrum, range, plan.short.source, plan.long.source);
        });
        const { coordinates, removed } = projections(tensors, plans);
        await workspace.run(
          workspace.vectors(basis),
          workspace.products(coordinates),
          workspace.products(removed, { alpha: -1, beta: 1 }),
        );
        const tasks = await decompose(
          workspace,
          plans.flatMap(({ deltas }) => deltas),
        );
        const own = plans.flatMap((plan, index) =>
          tasks
            .slice(index * models.length, (index + 1) * models.length)
            .flatMap((spectrum, k) =>
              takeTriplets(
                spectrum,
                { first: 0, count: plan.own, row: k * plan.own },
                plan.short.source,
                plan.long.source,
              ),
            ),
        );
        await workspace.run(workspace.vectors(own));
        await joinTriplets(
          workspace,
          plans.map(({ short, long }, index) => ({ short, long, weights: [], out: sumAt(index) })),
        );
        return plans.map((plan, index) => {
          const kept = [
            ...(common[index]?.sigma.slice(0, plan.common) ?? []),
            ...tasks
              .slice(index * models.length, (index + 1) * models.length)
              .flatMap(({ sigma }) => sigma.slice(0, plan.own)),
          ];
          const mean = kept.reduce((sum, value) => sum + value, 0) / plan.sum.rows;
          return { place: sumAt(index), factor: scaling * mean };
        });
      },
    });
  },
};
