import type { DeviceBuffer } from '../../compute/executor.ts';
import { alignUp, ARENA_ALIGNMENT, type TensorEntry } from '../../core/layout.ts';
import { ANY_MODELS, type MergeContext, type MergeMethod } from '../method.ts';
import { rowMajor } from '../spectral/jobs.ts';
import {
  alignedAt,
  alignSubspaces,
  backProduct,
  planKnots,
  rowsJob,
  sideJob,
} from '../spectral/knots.ts';
import { baseOf, eachGroup, evenWeights, matrixTensors, mergeOthers } from '../spectral/tensors.ts';
import { runTies } from '../ties/ties.ts';
import { scaleParameter } from './common-parameters.ts';

/** Singular values up to this are dropped, as in the official code. */
const SMALLEST = 1e-5;

const SCALING = scaleParameter('scaling', 'Scale', 0.6, 'Multiplies the merged task vector.');

/** Room for the largest basis and aligned tasks of each tensor; `kept` vectors are in use. */
interface Shelf {
  readonly entry: TensorEntry;
  readonly basisAt: number;
  readonly alignedAt: number;
  kept: number;
}

function shelvesOf(context: MergeContext): { shelves: Shelf[]; basis: number; aligned: number } {
  let [basis, aligned] = [0, 0];
  const shelves = matrixTensors(context).map(({ entry }) => {
    const [m = 0, p = 0] = entry.shape;
    const rows = Math.min(m, p * context.models.length);
    const shelf = { entry, basisAt: basis, alignedAt: aligned, kept: 0 };
    basis += rows * m;
    aligned = alignUp(aligned + rows * p, ARENA_ALIGNMENT);
    return shelf;
  });
  return { shelves, basis, aligned };
}

/** Takes the tasks of every tensor apart; `shelves` say afterwards how many vectors stay. */
async function align(
  context: MergeContext,
  shelves: readonly Shelf[],
  basis: DeviceBuffer,
  tasks: readonly DeviceBuffer[],
): Promise<void> {
  const base = baseOf(context);
  const { models } = context;
  await eachGroup(
    context,
    shelves,
    ({ entry }, take) => planKnots(entry, take, models.length),
    async (workspace, group, plans) => {
      const parts = group.flatMap((shelf, index) => {
        const plan = plans[index];
        return plan === undefined ? [] : [{ shelf, plan }];
      });
      await workspace.run(
        models.flatMap((model, k) =>
          workspace.extract(
            model,
            base,
            parts.map(({ shelf, plan }) => sideJob(shelf.entry, plan, k)),
          ),
        ),
      );
      const kept = await alignSubspaces(workspace, plans, SMALLEST);
      parts.forEach(({ shelf }, index) => {
        shelf.kept = kept[index]?.length ?? 0;
      });
      const bases = parts.map(({ shelf, plan }) =>
        rowsJob(shelf.basisAt, rowMajor(plan.basis, plan.m), shelf.kept, plan.m),
      );
      await workspace.run(
        workspace.finish(basis, null, bases),
        tasks.flatMap((task, k) =>
          workspace.finish(
            task,
            null,
            parts.map(({ shelf, plan }) =>
              rowsJob(shelf.alignedAt, alignedAt(plan, k), shelf.kept, plan.p),
            ),
          ),
        ),
      );
    },
  );
}

/** Back from the common space: output = base + scaling · U merged. */
async function restore(
  context: MergeContext,
  shelves: readonly Shelf[],
  basis: DeviceBuffer,
  merged: DeviceBuffer,
): Promise<void> {
  const base = baseOf(context);
  await eachGroup(
    context,
    shelves,
    ({ entry }, take) => {
      const [m = 0, p = 0] = entry.shape;
      const rows = Math.min(m, p * context.models.length);
      const plan = { m, p, basis: take(rows * m), aligned: take(rows * p) };
      return { plan, out: take(entry.size) };
    },
    async (workspace, group, plans) => {
      const parts = group.flatMap((shelf, index) => {
        const found = plans[index];
        return found === undefined ? [] : [{ shelf, ...found }];
      });
      const product = parts.map(({ shelf, plan, out }) =>
        backProduct(plan, shelf.kept, rowMajor(plan.aligned, plan.p), rowMajor(out, plan.p)),
      );
      await workspace.run(
        workspace.extract(
          basis,
          null,
          parts.map(({ shelf, plan }) =>
            rowsJob(shelf.basisAt, rowMajor(plan.basis, plan.m), shelf.kept, plan.m),
          ),
        ),
        workspace.extract(
          merged,
          null,
          parts.map(({ shelf, plan }) =>
            rowsJob(shelf.alignedAt, rowMajor(plan.aligned, plan.p), shelf.kept, plan.p),
          ),
        ),
        workspace.products(product),
        workspace.finish(
          context.output,
          base,
          parts.map(({ shelf: { entry }, plan, out }) =>
            rowsJob(entry.offset, rowMajor(out, plan.p), plan.m, plan.p),
          ),
        ),
      );
    },
  );
}

/**
 * KnOTS with TIES.   [τ₁ | τ₂ | …] = U S [V₁ | V₂ | …] for every 2-D tensor,
 *                    θ = θᵦ + U · TIES(S V₁, S V₂, …) with λ = scaling
 * TIES trims over all tensors at once: the ⌊topK · n⌋ + 1 largest magnitudes stay with all their
 * equals (topK up to 1 is a share, above a percentage, 1 keeps all); a sum of 0 elects the sign of
 * the majority. Singular values up to 10⁻⁵ or below the rank cut of `decompose` are dropped before.
 * Other tensors: θᵦ + scaling · mean τₖ. Signs of singular vectors do not matter; where singular
 * values are equal the result is not determined. Zero task vectors give the base.
 * Cost: per tensor one decomposition of m × (models · p), then TIES; memory of models + 3 arenas.
 * @numeric |y − f64| <= 4e-5 + 1e-4 |y| apart from values at the trim's threshold; same bits on repeat
 * @source  Stoica et al. 2025, arXiv:2410.19735; official SVDMerger
 */
export const knotsTies: MergeMethod = {
  id: 'knots_ties',
  title: 'KnOTS with TIES',
  summary:
    'TIES in a space that all task vectors share: θ = θᵦ + U · TIES(S V₁, S V₂, …) with [τ₁ | τ₂ | …] = U S [V₁ | V₂ | …].',
  source: 'Stoica et al. 2025, arXiv:2410.19735; official KnOTS SVDMerger',
  models: ANY_MODELS,
  needsBase: true,
  family: 'spectral',
  isGlobal: () => true,
  parameters: [
    {
      kind: 'number',
      name: 'topK',
      title: 'Kept top-K',
      doc: 'Part of the values that survives trimming: percent above 1, up to 1 a share.',
      perModel: false,
      default: 20,
      range: [0, 100],
    },
    {
      kind: 'choice',
      name: 'merging_type',
      title: 'Combine by',
      doc: 'How values that agree become one.',
      default: 'mean',
      choices: ['mean', 'sum'],
    },
    SCALING,
  ],
  apply: async (context) => {
    const { values, models, scratch } = context;
    const topK = values.number('topK');
    const share = topK > 1 ? topK / 100 : topK;
    const scaling = values.number(SCALING.name);
    await mergeOthers(context, evenWeights(context, scaling / models.length));
    const { shelves, basis: basisLength, aligned } = shelvesOf(context);
    if (shelves.length === 0) return;
    const basis = scratch('bases', 'f32', basisLength);
    const tasks = models.map((_, k) => scratch(`aligned task ${k}`, 'f32', aligned));
    await align(context, shelves, basis, tasks);
    const merged = scratch('merged in the common space', 'f32', aligned);
    const entries = shelves.map(({ entry, alignedAt: offset, kept }): TensorEntry => {
      const p = entry.shape[1] ?? 0;
      return { name: entry.name, shape: [kept, p], offset, size: kept * p };
    });
    const zero = scratch('no base', 'f32', aligned);
    const operands = { models: tasks, base: zero, output: merged };
    await runTies(
      { ...context, ...operands, layout: { entries, length: aligned } },
      {
        scope: 'global',
        keep: (_, size) => (share >= 1 ? size : Math.min(size, Math.floor(size * share) + 1)),
        keepTies: true,
        rescale: false,
        weights: evenWeights(context, 1),
        weightedVotes: false,
        zeroSign: 'majority',
        combine: values.choice('merging_type') === 'sum' ? 'sum' : 'mean',
        lambda: scaling,
      },
    );
    await restore(context, shelves, basis, merged);
  },
};
