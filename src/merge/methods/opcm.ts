import type { DeviceBuffer } from '../../compute/executor.ts';
import { linearCombination } from '../linear/linear-combination.ts';
import { ANY_MODELS, type MergeContext, type MergeMethod } from '../method.ts';
import type { VectorJob } from '../spectral/jobs.ts';
import { opcmJobs, opcmSteps, planOpcm } from '../spectral/opcm-steps.ts';
import { baseOf, eachGroup, matrixTensors, otherTensors, vectorJob } from '../spectral/tensors.ts';
import type { Workspace } from '../spectral/workspace.ts';
import { ALPHA } from './opcm-step.ts';

/** Elements of one dot product: norms of large tensors are sums of many. */
const CHUNK = 4096;

/** Sums of squares over the whole model: of each task vector, and of the merge. */
interface Squares {
  readonly tasks: number[];
  merged: number;
}

interface Stretch {
  readonly at: number;
  readonly size: number;
}

async function squaresOf(workspace: Workspace, stretches: readonly Stretch[]): Promise<number> {
  const chunks = stretches.flatMap(({ at, size }) =>
    Array.from({ length: Math.ceil(size / CHUNK) }, (_, index) => {
      const a = at + index * CHUNK;
      return { a, b: a, length: Math.min(CHUNK, size - index * CHUNK) };
    }),
  );
  const sums = await workspace.dots(chunks);
  return sums.reduce((sum, value) => sum + value, 0);
}

/** Merges the 2-D tensors of one model after the other; leaves the sums in `merged`. */
async function addMatrices(
  context: MergeContext,
  merged: DeviceBuffer,
  squares: Squares,
  alpha: number,
): Promise<void> {
  const base = baseOf(context);
  await eachGroup(context, matrixTensors(context), planOpcm, async (workspace, tensors, plans) => {
    const stretches = (name: 'merged' | 'task') =>
      plans.map((plan, i) => ({ at: plan[name].at, size: tensors[i]?.entry.size ?? 0 }));
    for (const [k, model] of context.models.entries()) {
      const name = k === 0 ? 'merged' : 'task';
      await workspace.run(workspace.extract(model, base, opcmJobs(tensors, plans, name)));
      squares.tasks[k] = (squares.tasks[k] ?? 0) + (await squaresOf(workspace, stretches(name)));
      if (k > 0) await opcmSteps(workspace, plans, { alpha, previous: 1 });
    }
    squares.merged += await squaresOf(workspace, stretches('merged'));
    await workspace.run(workspace.finish(merged, null, opcmJobs(tensors, plans, 'merged')));
  });
}

/** All other tensors are added up. */
async function addOthers(
  context: MergeContext,
  merged: DeviceBuffer,
  squares: Squares,
): Promise<void> {
  const base = baseOf(context);
  const plan = ({ size }: { size: number }, take: (size: number) => number) => {
    return { merged: take(size), task: take(size) };
  };
  await eachGroup(context, otherTensors(context), plan, async (workspace, tensors, plans) => {
    const stretches = (name: 'merged' | 'task') =>
      plans.map((places, i) => ({ at: places[name], size: tensors[i]?.size ?? 0 }));
    const jobs = (name: 'merged' | 'task') =>
      tensors.map((tensor, i) => vectorJob(tensor, plans[i]?.[name] ?? 0));
    const sums = tensors.map(({ size }, i): VectorJob => {
      return { from: plans[i]?.task ?? 0, to: plans[i]?.merged ?? 0, length: size, factor: 1 };
    });
    for (const [k, model] of context.models.entries()) {
      await workspace.run(workspace.extract(model, base, jobs('task')));
      squares.tasks[k] = (squares.tasks[k] ?? 0) + (await squaresOf(workspace, stretches('task')));
      await workspace.run(workspace.vectors(sums, true));
    }
    squares.merged += await squaresOf(workspace, stretches('merged'));
    await workspace.run(workspace.finish(merged, null, jobs('merged')));
  });
}

/**
 * OPCM.   T₁ = τ₁,  Tₖ = Tₖ₋₁ + τₖ − U mask(Uᵀ τₖ V) Vᵀ with Tₖ₋₁ = U S Vᵀ,
 *         θ = θᵦ + (mean ‖τₖ‖ / ‖T‖) T,   norms over the whole model
 * in the order of the models (the reference shuffles them). The mask is that of one step, see
 * `opcm_step`; tensors that are no matrices are added up. One model gives itself back up to the
 * rounding of its norm; task vectors that cancel give the base. Embeddings are matrices like others.
 * Cost: a decomposition and four products a model after the first; norms make it global.
 * @numeric |y − f64| <= 1e-4 (1 + |y|) where singular values are separate at the cuts; same bits on
 *          repeat
 * @source  Tang et al. 2025, arXiv:2501.09522; fusion_bench opcm_general.py
 */
export const opcm: MergeMethod = {
  id: 'opcm',
  title: 'OPCM',
  summary:
    'Adds one model after the other, each without the part in the leading directions of the merge so far, and restores the mean norm.',
  source: 'Tang et al. 2025, arXiv:2501.09522; fusion_bench 0.2.33 opcm',
  models: ANY_MODELS,
  order: 'oldest first',
  needsBase: true,
  family: 'spectral',
  isGlobal: () => true,
  parameters: [ALPHA],
  apply: async (context) => {
    const base = baseOf(context);
    const merged = context.scratch('sum of task vectors', 'f32', context.layout.length);
    const squares: Squares = { tasks: [], merged: 0 };
    await addMatrices(context, merged, squares, context.values.number('alpha'));
    await addOthers(context, merged, squares);
    const norms = squares.tasks.reduce((sum, value) => sum + Math.sqrt(value), 0);
    const mean = norms / context.models.length;
    const factor = squares.merged > 0 ? mean / Math.sqrt(squares.merged) : 0;
    await context.run([
      {
        kernel: linearCombination,
        bind: {
          target: context.output,
          origin: base,
          x0: merged,
          x1: merged,
          x2: merged,
          x3: merged,
        },
        uniforms: {
          ...{ quads: context.layout.length / 4, terms: 1, start: 2, relative: 0 },
          ...{ c0: factor, c1: 0, c2: 0, c3: 0 },
        },
      },
    ]);
  },
};
