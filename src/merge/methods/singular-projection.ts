import type { MergeMethod } from '../method.ts';
import { rowMajor, transposed, type Place, type ProductJob } from '../spectral/jobs.ts';
import { decompose, rowMatrix, rowMatrixSize, type RowMatrix } from '../spectral/svd.ts';
import {
  baseOf,
  extractDeltas,
  mergeMatrices,
  mergeOthers,
  NOWHERE,
  tensorJob,
} from '../spectral/tensors.ts';
import { placeOf, takeTriplets } from '../spectral/triplets.ts';

interface Plan {
  readonly base: RowMatrix;
  readonly delta: Place;
  /** The k largest singular vectors of the base, a row each. */
  readonly short: Place;
  readonly long: Place;
  readonly left: Place;
  readonly right: Place;
}

/** Singular values of the base that make up half of their sum. */
function halfRank(sigma: readonly number[]): number {
  const half = sigma.reduce((sum, value) => sum + value, 0) / 2;
  let [sum, count] = [0, 0];
  for (const value of sigma) {
    sum += value;
    if (sum < half) count++;
  }
  return count + 1;
}

/**
 * Singular projection.   θᵦ = U S Vᵀ,  θ = θᵦ + U_k U_kᵀ (θ₁ − θᵦ) V_k V_kᵀ   for every 2-D tensor
 * with the k largest (rank "low") or the other (rank "high") singular vectors of the base; k < 0
 * takes as many as make up half of the sum of S. Other tensors come from the model. With
 * `full_matrices`, "high" includes the directions outside of the thin decomposition. Directions in
 * which the base is 0 to float32 precision: only the shorter side keeps them in "high".
 * Cost: one decomposition (see `decompose`), four products.
 * @numeric |y − f64| <= 4e-5 + 1e-4 |y| where σ_k and σ_k+1 differ; same bits on repeat
 * @source  fusion_bench smile_upscaling/singular_projection_merging.py
 */
export const singularProjection: MergeMethod = {
  id: 'singular_projection',
  title: 'Singular projection',
  summary:
    'θ = θᵦ + U_k U_kᵀ τ V_k V_kᵀ: keeps of the change what lies along singular vectors of the base.',
  source: 'fusion_bench 0.2.33 singular_projection_merging',
  models: { min: 1, max: 1 },
  needsBase: true,
  family: 'spectral',
  parameters: [
    {
      kind: 'number',
      name: 'k',
      title: 'Directions k',
      doc: 'How many of the largest singular directions; negative: those that hold half of the sum.',
      perModel: false,
      default: -1,
      range: [-1, 1e6],
      slider: [-1, 64],
      isInteger: true,
    },
    {
      kind: 'choice',
      name: 'rank',
      title: 'Side',
      doc: 'Keeps the change along the k largest directions (low), or along all others (high).',
      default: 'low',
      choices: ['low', 'high'],
    },
    {
      kind: 'boolean',
      name: 'full_matrices',
      title: 'Full bases',
      doc: 'With "high": also keeps what lies outside of the row or column space of the base.',
      default: false,
    },
  ],
  apply: async (context) => {
    const { values } = context;
    const base = baseOf(context);
    const k = values.number('k');
    const isHigh = values.choice('rank') === 'high';
    const isFull = values.boolean('full_matrices');
    await mergeOthers(context, [1]);
    await mergeMatrices(context, {
      plan: ({ rows, length }, take): Plan => ({
        base: rowMatrix(take(rowMatrixSize(rows, length)), rows, length),
        delta: rowMajor(take(rows * length), length),
        short: rowMajor(take(rows * rows), rows),
        long: rowMajor(take(rows * length), length),
        left: rowMajor(take(rows * length), length),
        right: rowMajor(take(rows * rows), rows),
      }),
      merge: async (workspace, tensors, plans) => {
        const basePlaces = tensors.map((tensor, index) => {
          const matrix = plans[index]?.base;
          return tensorJob(tensor, matrix === undefined ? NOWHERE : placeOf(matrix));
        });
        await workspace.run(
          workspace.extract(base, null, basePlaces),
          extractDeltas(workspace, context, tensors, (index) => plans[index]?.delta ?? NOWHERE),
        );
        const spectra = await decompose(
          workspace,
          plans.map((plan) => plan.base),
        );
        // "high" with full bases is the complement of "low" on both sides; with thin ones its own
        // vectors on the long side, where the complement is larger.
        const usesComplement = isHigh && isFull;
        const ranges = spectra.map(({ sigma, order }) => {
          const low = Math.min(k < 0 ? halfRank(sigma) : k, order.length);
          return isHigh && !isFull
            ? { first: low, count: order.length - low, row: 0 }
            : { first: 0, count: low, row: 0 };
        });
        const copies = spectra.flatMap((spectrum, index) => {
          const [plan, range] = [plans[index], ranges[index]];
          if (plan === undefined || range === undefined) return [];
          return takeTriplets(
            spectrum,
            range,
            { at: plan.short.at, stride: spectrum.matrix.rows },
            { at: plan.long.at, stride: spectrum.matrix.length },
          );
        });
        const jobs: [ProductJob[], ProductJob[], ProductJob[], ProductJob[]] = [[], [], [], []];
        plans.forEach(({ base: { rows, length }, ...places }, index) => {
          const K = ranges[index]?.count ?? 0;
          const { short, long, left, right, delta } = places;
          const out = { ...delta };
          // Coordinates on the short side, then back; the same on the long side.
          jobs[0].push({ M: K, N: length, K: rows, a: short, b: delta, out: left });
          jobs[1].push({
            ...{ M: rows, N: length, K, a: transposed(short), b: left, out },
            addend: delta.at,
          });
          jobs[2].push({ M: rows, N: K, K: length, a: delta, b: transposed(long), out: right });
          jobs[3].push({ M: rows, N: length, K, a: right, b: long, out, addend: delta.at });
        });
        const project = usesComplement ? { alpha: -1, beta: 1 } : {};
        await workspace.run(
          workspace.vectors(copies),
          workspace.products(jobs[0]),
          workspace.products(jobs[1], project),
          workspace.products(jobs[2]),
          workspace.products(jobs[3], project),
        );
        return plans.map(({ delta }) => ({ place: delta, factor: 1 }));
      },
    });
  },
};
