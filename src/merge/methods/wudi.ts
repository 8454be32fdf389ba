import type { Step } from '../../compute/executor.ts';
import { ANY_MODELS, type MergeMethod } from '../method.ts';
import {
  adamTable,
  rowMajor,
  transposed,
  type Place,
  type ProductJob,
  type VectorJob,
} from '../spectral/jobs.ts';
import { normalise, rowDots, type RowMatrix } from '../spectral/svd.ts';
import {
  evenWeights,
  extractDeltas,
  mergeMatrices,
  mergeOthers,
  type MatrixTensor,
} from '../spectral/tensors.ts';
import { adamStep } from '../spectral/vector-kernels.ts';
import type { Workspace } from '../spectral/workspace.ts';

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;
/** Steps of one program: few submits, but no program of a thousand dispatches. */
const STEPS_PER_PROGRAM = 50;

interface Plan {
  /** Per model the task vector and the same as a unit vector; both rows × length. */
  readonly deltas: readonly number[];
  readonly units: readonly RowMatrix[];
  readonly sum: number;
  /** X − τ of one model. */
  readonly rest: number;
  /** τᵀτ / ‖τ‖² of one model, and of all together. */
  readonly own: number;
  readonly metric: number;
  /** Gradient at the sum, gradient, Adam's moments, movement away from the sum. */
  readonly initial: number;
  readonly gradient: number;
  readonly mean: number;
  readonly square: number;
  readonly moved: number;
}

function planOf(
  { rows, length, isTall }: MatrixTensor,
  take: (size: number) => number,
  models: number,
): Plan {
  const size = rows * length;
  const inputs = isTall ? rows : length;
  const each = Array.from({ length: models });
  return {
    deltas: each.map(() => take(size)),
    units: each.map(() => ({ at: take(size), rows, length, stride: length })),
    sum: take(size),
    rest: take(size),
    own: take(inputs * inputs),
    metric: take(inputs * inputs),
    initial: take(size),
    gradient: take(size),
    mean: take(size),
    square: take(size),
    moved: take(size),
  };
}

interface Part {
  readonly tensor: MatrixTensor;
  readonly plan: Plan;
}

/** The tensor's own orientation: its columns are the inputs that the loss is over. */
function matrixAt({ tensor: { length, isTall } }: Part, at: number): Place {
  const place = rowMajor(at, length);
  return isTall ? transposed(place) : place;
}

function sizes({ tensor: { entry } }: Part): { readonly m: number; readonly p: number } {
  const [m = 0, p = 0] = entry.shape;
  return { m, p };
}

/**
 * Metric Σ τᵢᵀτᵢ / ‖τᵢ‖² and the gradient at the sum, Σ 2 (X − τᵢ) τᵢᵀτᵢ / ‖τᵢ‖². A zero task vector
 * adds nothing to either.
 */
async function prepareLoss(workspace: Workspace, parts: readonly Part[], models: number) {
  const units = parts.flatMap(({ plan }) => plan.units);
  const copies = parts.flatMap(({ tensor, plan }) =>
    plan.units.map(({ at }, k): VectorJob => {
      const length = tensor.entry.size;
      return { from: plan.deltas[k] ?? 0, to: at, length, factor: 1 };
    }),
  );
  await workspace.run(workspace.vectors(copies));
  await normalise(workspace, units);
  const squares = await workspace.dots(units.flatMap((unit) => rowDots(unit)));
  let first = 0;
  const scaled = units.map(({ at, rows, length }): VectorJob => {
    const own = squares.subarray(first, (first += rows));
    const norm = Math.sqrt(own.reduce((sum, value) => sum + value, 0));
    return { from: at, to: at, length: rows * length, factor: norm > 0 ? 1 / norm : 0 };
  });
  await workspace.run(workspace.vectors(scaled));
  for (let k = 0; k < models; k++) await workspace.run(addTask(workspace, parts, k));
}

function addTask(workspace: Workspace, parts: readonly Part[], k: number): Step[] {
  const [copies, differences, total]: [VectorJob[], VectorJob[], VectorJob[]] = [[], [], []];
  const [grams, gradients]: [ProductJob[], ProductJob[]] = [[], []];
  for (const part of parts) {
    const { plan } = part;
    const { m, p } = sizes(part);
    const { sum, rest, own, metric, initial } = plan;
    copies.push({ from: sum, to: rest, length: m * p, factor: 1 });
    differences.push({ from: plan.deltas[k] ?? 0, to: rest, length: m * p, factor: -1 });
    const unit = matrixAt(part, plan.units[k]?.at ?? 0);
    const out = rowMajor(own, p);
    grams.push({ M: p, N: p, K: m, a: transposed(unit), b: unit, out });
    total.push({ from: own, to: metric, length: p * p, factor: 1 });
    const gradient = { a: matrixAt(part, rest), b: out, out: matrixAt(part, initial) };
    gradients.push({ M: m, N: p, K: p, ...gradient, addend: initial });
  }
  return [
    ...workspace.vectors(copies),
    ...workspace.vectors(differences, true),
    ...workspace.products(grams),
    ...workspace.vectors(total, true),
    ...workspace.products(gradients, { alpha: 2, beta: 1 }),
  ];
}

/** Adam from the sum: only the movement is kept, so that small steps lose no digits to the sum. */
async function optimise(
  workspace: Workspace,
  parts: readonly Part[],
  { steps, rate }: { steps: number; rate: number },
): Promise<void> {
  const gradients = parts.map((part): ProductJob => {
    const { m, p } = sizes(part);
    const { moved, metric, gradient, initial } = part.plan;
    return {
      ...{ M: m, N: p, K: p, addend: initial },
      ...{ a: matrixAt(part, moved), b: rowMajor(metric, p), out: matrixAt(part, gradient) },
    };
  });
  const table = adamTable(
    parts.map(({ tensor, plan }) => ({ ...plan, length: tensor.entry.size })),
  );
  const bind = { work: workspace.work, jobs: workspace.upload('Adam', table.words) };
  const gradientStep = workspace.products(gradients, { alpha: 2, beta: 1 });
  const adam = (step: number): Step => ({
    kernel: adamStep,
    bind,
    uniforms: {
      ...{ block_count: table.parts, records: table.records },
      ...{ beta1: BETA1, beta2: BETA2, epsilon: EPSILON },
      rate: rate / (1 - BETA1 ** step),
      correction: 1 / (1 - BETA2 ** step),
    },
  });
  for (let done = 0; done < steps; done += STEPS_PER_PROGRAM) {
    await workspace.checkAborted();
    const count = Math.min(STEPS_PER_PROGRAM, steps - done);
    const program = Array.from({ length: count }, (_, index) => [
      ...gradientStep,
      adam(done + index + 1),
    ]);
    await workspace.run(...program);
  }
}

/**
 * WUDI.   θ = θᵦ + argmin over X, from X = Σ τₖ, of Σ ‖(X − τᵢ) τᵢᵀ‖²_F / ‖τᵢ‖²_F by Adam
 *         for every 2-D tensor
 * Other tensors: θᵦ + mean τₖ. Adam (0.9, 0.999, 10⁻⁸) moves an element by about lr a step at most,
 * so with the defaults the result stays within 0.003 of the plain sum. A zero task vector adds
 * nothing to the loss (the reference gets NaN everywhere).
 * Cost: a step is one product of 2 m p² operations and one pass over the moments; memory
 * (2 models + 7) m p + 2 p² numbers for an m × p tensor.
 * @numeric movement within 1 % + 3 % of lr · steps of float64; same bits on repeat
 * @source  Cheng et al. 2025, arXiv:2503.08099; fusion_bench wudi.py
 */
export const wudi: MergeMethod = {
  id: 'wudi',
  title: 'WUDI',
  summary:
    'Moves the sum of the task vectors by Adam so that it disturbs none of them: min Σ ‖(X − τᵢ) τᵢᵀ‖² / ‖τᵢ‖².',
  source: 'Cheng et al. 2025, arXiv:2503.08099; fusion_bench 0.2.33 wudi',
  models: ANY_MODELS,
  needsBase: true,
  family: 'spectral',
  parameters: [
    {
      kind: 'number',
      name: 'iter_num',
      title: 'Steps',
      doc: 'Steps of the optimizer.',
      perModel: false,
      default: 300,
      range: [0, 100_000],
      slider: [0, 1000],
      isInteger: true,
    },
    {
      kind: 'number',
      name: 'lr',
      title: 'Learning rate',
      doc: 'About how far an element moves in one step.',
      perModel: false,
      default: 1e-5,
      range: [0, 1],
      slider: [0, 1e-3],
    },
  ],
  apply: async (context) => {
    const { models, values } = context;
    const steps = values.number('iter_num');
    const rate = values.number('lr');
    await mergeOthers(context, evenWeights(context, 1 / models.length));
    await mergeMatrices(context, {
      plan: (tensor, take) => planOf(tensor, take, models.length),
      merge: async (workspace, tensors, plans) => {
        const parts = tensors.flatMap((tensor, index) => {
          const plan = plans[index];
          return plan === undefined ? [] : [{ tensor, plan }];
        });
        const at = (index: number, place: (plan: Plan) => number | undefined) => {
          const part = parts[index];
          return rowMajor(
            (part === undefined ? 0 : place(part.plan)) ?? 0,
            part?.tensor.length ?? 0,
          );
        };
        await workspace.run(
          extractDeltas(workspace, context, tensors, (i, k) => at(i, (plan) => plan.deltas[k])),
          extractDeltas(workspace, context, tensors, (i) => at(i, (plan) => plan.sum), true),
        );
        await prepareLoss(workspace, parts, models.length);
        await optimise(workspace, parts, { steps, rate });
        const merged = parts.map(({ tensor: { entry }, plan }): VectorJob => {
          return { from: plan.moved, to: plan.sum, length: entry.size, factor: 1 };
        });
        await workspace.run(workspace.vectors(merged, true));
        return parts.map((_, index) => ({ place: at(index, (plan) => plan.sum), factor: 1 }));
      },
    });
  },
};
