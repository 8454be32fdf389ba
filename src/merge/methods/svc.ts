import { ANY_MODELS, type MergeMethod } from '../method.ts';
import {
  rowMajor,
  transposed,
  type DotJob,
  type Place,
  type ProductJob,
  type VectorJob,
} from '../spectral/jobs.ts';
import {
  decompose,
  longVector,
  rowMatrix,
  rowMatrixSize,
  shortVector,
  type RowMatrix,
  type Spectrum,
} from '../spectral/svd.ts';
import {
  evenWeights,
  extractDeltas,
  mergeMatrices,
  mergeOthers,
  NOWHERE,
  type MatrixTensor,
} from '../spectral/tensors.ts';
import { placeOf } from '../spectral/triplets.ts';

interface Plan {
  readonly sum: RowMatrix;
  /** Per model its task vector, rows × length. */
  readonly deltas: readonly number[];
  /** Per model its responses uᵣᵀ τ, a row each. */
  readonly responses: readonly number[];
  readonly width: number;
}

function planOf(
  { rows, length, isTall }: MatrixTensor,
  take: (size: number) => number,
  models: number,
): Plan {
  const width = isTall ? rows : length;
  const each = Array.from({ length: models });
  return {
    sum: rowMatrix(take(rowMatrixSize(rows, length)), rows, length),
    deltas: each.map(() => take(rows * length)),
    responses: each.map(() => take(rows * width)),
    width,
  };
}

/** The tasks scaled as the sum was, so that squares of responses neither overflow nor vanish. */
function scaledTasks({ sum, deltas }: Plan, { scale }: Spectrum): VectorJob[] {
  const length = sum.rows * sum.length;
  return deltas.map((at) => ({ from: at, to: at, length, factor: scale }));
}

/**
 * Responses of each task along the left singular vectors of the sum, rows as in the work matrix. The
 * left vectors of a tall tensor are its long ones and carry the factor scale · σ.
 */
function responseProducts(tensor: MatrixTensor, plan: Plan): ProductJob[] {
  const { at, rows, length, stride } = plan.sum;
  return plan.deltas.map((delta, k) => {
    const matrix = rowMajor(delta, length);
    const out = rowMajor(plan.responses[k] ?? 0, plan.width);
    return tensor.isTall
      ? { M: rows, N: rows, K: length, a: rowMajor(at, stride), b: transposed(matrix), out }
      : { M: rows, N: length, K: rows, a: rowMajor(at + length, stride), b: matrix, out };
  });
}

/** ⟨aᵣ, aᵣᵢ⟩ and ‖aᵣᵢ‖² for every triplet and model, up to the factors of `coefficient`. */
function responseDots(tensor: MatrixTensor, plan: Plan, spectrum: Spectrum): DotJob[] {
  return spectrum.order.flatMap((row, j) => {
    const merged = tensor.isTall ? shortVector(spectrum, j) : longVector(spectrum, j);
    return plan.responses.flatMap((response) => {
      const a = response + row * plan.width;
      return [
        { a, b: merged, length: plan.width },
        { a, b: a, length: plan.width },
      ];
    });
  });
}

/** γ of the j-th triplet from its dots; tasks without a response in its direction do not count. */
function calibration(
  { isTall }: MatrixTensor,
  { sigma, scale }: Spectrum,
  j: number,
  dots: Float32Array,
  alpha: number,
): number {
  const value = sigma[j] ?? 0;
  if (value === 0) return 0;
  const factor = isTall ? (value * scale) ** 2 : 1;
  let [count, sum] = [0, 0];
  for (let at = 0; at < dots.length; at += 2) {
    const coefficient = (factor * (dots[at] ?? 0)) / (dots[at + 1] ?? 0);
    if (!Number.isFinite(coefficient)) continue;
    count++;
    sum += Math.max(alpha, coefficient);
  }
  return count === 0 ? 1 : count / sum;
}

/**
 * SVC.   Σ τₖ = U S Vᵀ, aᵣ = uᵣᵀ Σ τₖ, aᵣₖ = uᵣᵀ τₖ, sᵣₖ = ⟨aᵣ, aᵣₖ⟩ / ‖aᵣₖ‖²,
 *        γᵣ = models / Σₖ max(α, sᵣₖ),   θ = θᵦ + U diag(γ S) Vᵀ   for every 2-D tensor
 * Other tensors: θᵦ + mean τₖ. A task without a response (a zero task vector, or below 10⁻¹⁹ of
 * the sum) is left out of γᵣ and of the number of models (fusion_bench divides 0 by 0). γ is not determined where singular values are equal.
 * Cost: one decomposition (see `decompose`), models + 1 products of 2 min(m, p)² max(m, p).
 * @numeric |y − f64| <= 4e-5 + 1e-4 |y| for separate singular values; same bits on repeat
 * @source  arXiv:2602.05536; fusion_bench singular_value_calibration
 */
export const svc: MergeMethod = {
  id: 'svc',
  title: 'SVC',
  summary:
    'Shrinks the singular values of the sum of all task vectors where several tasks add to the same direction: θ = θᵦ + U diag(γ S) Vᵀ.',
  source: 'arXiv:2602.05536; fusion_bench 0.2.33 singular_value_calibration',
  models: ANY_MODELS,
  needsBase: true,
  family: 'spectral',
  parameters: [
    {
      kind: 'number',
      name: 'alpha',
      title: 'Least response α',
      doc: 'Lower bound of each task’s response; limits how far a direction can be amplified.',
      perModel: false,
      default: 0.1,
      range: [0.001, 100],
      slider: [0.001, 2],
    },
  ],
  apply: async (context) => {
    const { models } = context;
    const alpha = context.values.number('alpha');
    await mergeOthers(context, evenWeights(context, 1 / models.length));
    await mergeMatrices(context, {
      plan: (tensor, take) => planOf(tensor, take, models.length),
      merge: async (workspace, tensors, plans) => {
        const sums = plans.map(({ sum }) => placeOf(sum));
        const deltaAt = (index: number, k: number): Place =>
          rowMajor(plans[index]?.deltas[k] ?? 0, tensors[index]?.length ?? 0);
        await workspace.run(
          extractDeltas(workspace, context, tensors, (index) => sums[index] ?? NOWHERE, true),
          extractDeltas(workspace, context, tensors, deltaAt),
        );
        const spectra = await decompose(
          workspace,
          plans.map(({ sum }) => sum),
        );
        const parts = tensors.flatMap((tensor, index) => {
          const [plan, spectrum] = [plans[index], spectra[index]];
          return plan === undefined || spectrum === undefined ? [] : [{ tensor, plan, spectrum }];
        });
        await workspace.run(
          workspace.vectors(parts.flatMap(({ plan, spectrum }) => scaledTasks(plan, spectrum))),
          workspace.products(parts.flatMap(({ tensor, plan }) => responseProducts(tensor, plan))),
        );
        const dots = await workspace.dots(
          parts.flatMap(({ tensor, plan, spectrum }) => responseDots(tensor, plan, spectrum)),
        );
        let first = 0;
        const scaled: VectorJob[] = [];
        const products = parts.map(({ tensor, plan, spectrum }): ProductJob => {
          const { at, rows, length, stride } = plan.sum;
          for (let j = 0; j < rows; j++) {
            const own = dots.subarray(first, (first += 2 * models.length));
            const vector = longVector(spectrum, j);
            const factor = calibration(tensor, spectrum, j, own, alpha) / spectrum.scale;
            scaled.push({ from: vector, to: vector, length, factor });
          }
          const a = transposed(rowMajor(at + length, stride));
          const out = rowMajor(plan.deltas[0] ?? 0, length);
          return { M: rows, N: length, K: rows, a, b: rowMajor(at, stride), out };
        });
        await workspace.run(workspace.vectors(scaled), workspace.products(products));
        return products.map(({ out }) => ({ place: out, factor: 1 }));
      },
    });
  },
};
