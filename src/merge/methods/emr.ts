import type { DeviceBuffer } from '../../compute/executor.ts';
import { combinationSteps } from '../linear/combination-steps.ts';
import { ANY_MODELS, type MergeContext, type MergeMethod } from '../method.ts';
import { throughModel, throughRanges } from '../recorded/recorded-form.ts';
import { reportArena } from '../report-arena.ts';
import { baseOf, sumsBuffer, sumStep, workspaceOf } from '../sparse/delta-workspace.ts';
import { foldKernels, foldStep } from '../sparse/fold-kernels.ts';
import { readSums } from '../sparse/tensor-sums.ts';
import { TASK, taskOf } from './task-parameter.ts';

/**
 * EMR: elect, mask and rescale; one model a task.
 *   u = σ · largest |τₖ| of those with sgn τₖ = σ, σ = sgn Σ τₖ (0 elects −)
 *   mₖ = [τₖ u > 0], γₖ = Σₜ mean |τₖ| / Σₜ mean |mₖ ⊙ u| over the tensors t
 *   θ = θᵦ + u for all, θ = θᵦ + γₖ mₖ ⊙ u for model k
 * A model none of whose signs was elected keeps the base. Reports `rescalers`, and as arenas
 * `unified` and `mask_m0`, `mask_m1`, …
 * @errors  invalid-argument when the task is no model
 * @numeric masks exact; |y − f64| <= 2e-6 + 1e-5 |y|; same bits on repeat
 * @source  Huang et al. 2024, arXiv:2405.17461; fusion_bench `method/emr_merging`
 */
export const emr: MergeMethod = {
  id: 'emr',
  title: 'EMR',
  summary: 'θ = θᵦ + γₖ mₖ ⊙ u: one elected task vector u, masked and rescaled for each model.',
  source: 'Huang et al. 2024, arXiv:2405.17461; fusion_bench 0.2.33 emr_merging',
  models: ANY_MODELS,
  needsBase: true,
  family: 'sparse',
  isGlobal: (values) => values.number('task') >= 0,
  ranges: throughRanges,
  rangesOfModel: throughModel,
  parameters: [TASK],
  apply: async (context) => {
    const base = baseOf(context);
    const task = taskOf(context);
    const unified = await elected(context, base);
    const rescalers = await masked(context, base, unified, task);
    context.report('rescalers', rescalers);
    await reportArena(context, 'unified', unified.vector);
    const term =
      task < 0
        ? { buffer: unified.vector, coefficient: 1 }
        : { buffer: unified.masked, coefficient: rescalers[task] ?? 1 };
    await context.run(combinationSteps(context.output, [term], { start: 'origin', origin: base }));
  },
};

interface Unified {
  readonly vector: DeviceBuffer;
  /** Room for mₖ ⊙ u; in the end that of the model asked for. */
  readonly masked: DeviceBuffer;
  readonly second: DeviceBuffer;
}

async function elected(context: MergeContext, base: DeviceBuffer): Promise<Unified> {
  const { length } = context.layout;
  const vector = context.scratch('unified', 'f32', length);
  // Holds the votes first, the masked vectors later.
  const masked = context.scratch('votes', 'f32', length);
  const second = context.scratch('unused', 'f32', 1);
  const terms = context.models.map((buffer) => ({ buffer, coefficient: 1 }));
  await context.run([
    ...combinationSteps(masked, terms, { start: 'nothing', origin: base, isRelative: true }),
    ...context.models.map((model) =>
      foldStep(foldKernels.elected, { result: vector, second, base, model, found: masked }),
    ),
  ]);
  return { vector, masked, second };
}

/** Rescalers of all models; leaves the masked vector of `task` behind. */
async function masked(
  context: MergeContext,
  base: DeviceBuffer,
  { vector, masked: result, second }: Unified,
  task: number,
): Promise<number[]> {
  const { models } = context;
  const workspace = workspaceOf(context, []);
  const sums = sumsBuffer(workspace, models.length * 2);
  const own = context.scratch('task vector', 'f32', context.layout.length);
  for (const [k, model] of models.entries()) {
    await context.run([
      ...combinationSteps(own, [{ buffer: model, coefficient: 1 }], {
        start: 'nothing',
        origin: base,
        isRelative: true,
      }),
      sumStep(workspace, own, sums, k),
      foldStep(foldKernels.agreeing, { result, second, base, model, found: vector }),
      sumStep(workspace, result, sums, models.length + k),
    ]);
    await reportArena(context, `mask_m${k}`, result, (value) => (value === 0 ? 0 : 1));
  }
  const model = models[task];
  if (model !== undefined) {
    const fold = { result, second, base, model, found: vector };
    await context.run([foldStep(foldKernels.agreeing, fold)]);
  }
  const found = await readSums(context, workspace.table, sums, models.length * 2);
  const means = found.map((row) =>
    row.reduce((total, { l1 }, segment) => {
      const size = workspace.table.sizes[segment] ?? 0;
      return size === 0 ? total : total + l1 / size;
    }, 0),
  );
  return models.map((_, k) => {
    const kept = means[models.length + k] ?? 0;
    return kept > 0 ? (means[k] ?? 0) / kept : 1;
  });
}
