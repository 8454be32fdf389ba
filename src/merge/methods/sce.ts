import type { DeviceBuffer, Step } from '../../compute/executor.ts';
import { combinationSteps } from '../linear/combination-steps.ts';
import { ANY_MODELS, type MergeContext, type MergeMethod } from '../method.ts';
import { throughRanges } from '../recorded/recorded-form.ts';
import { collectKernels } from '../sparse/collect-kernels.ts';
import { deltaKernels } from '../sparse/delta-kernels.ts';
import {
  baseOf,
  deltaStep,
  deltaWorkspace,
  sumsBuffer,
  sumStep,
  type DeltaWorkspace,
} from '../sparse/delta-workspace.ts';
import { foldKernels, foldStep } from '../sparse/fold-kernels.ts';
import { readSums } from '../sparse/tensor-sums.ts';
import { initialCuts, selectionBuffers, selectionSteps, uploaded } from '../ties/select.ts';

/** mergekit's bound: sums below it are no divisors. */
const SMALLEST_SUM = 1e-6;

/**
 * SCE: select, calculate, erase; tensor by tensor.
 *   select:    the ⌊t · n₊⌋ positions with the largest variance over the models stay, n₊ of n vary
 *   calculate: wₖ = qₖ / Σ q, qₖ the mean of τₖ² after the selection; 1/K where Σ q < 1e-6
 *   erase:     s = sgn Σ τₖ (0 elects +), θ = θᵦ + Σ_{sgn = s} wₖ τₖ / max(Σ_{sgn = s} wₖ, 1e-6)
 * Positions of equal variance are chosen by index. Where t = 1 nothing is dropped.
 * @numeric |y − f64| <= 2e-6 + 1e-5 |y|; same bits on repeat
 * @source  Wan et al. 2024, arXiv:2408.07990; mergekit `sce`
 */
export const sce: MergeMethod = {
  id: 'sce',
  title: 'SCE',
  summary: 'θ = θᵦ + Σ wₖ τₖ of the elected sign, where the models differ most; wₖ from the τₖ².',
  source: 'Wan et al. 2024, arXiv:2408.07990; mergekit 0.1.4 sce',
  models: ANY_MODELS,
  needsBase: true,
  family: 'sparse',
  isMergekit: true,
  ranges: throughRanges,
  parameters: [
    {
      kind: 'number',
      name: 'select_topk',
      title: 'Kept share t',
      doc: 'Share of the varying positions that stays, those with the largest variance first.',
      perModel: false,
      default: 1,
      range: [0, 1],
    },
  ],
  apply: async (context) => {
    const base = baseOf(context);
    const workspace = deltaWorkspace(context);
    await context.run(workspace.start);
    const share = context.values.number('select_topk');
    if (share < 1) await selectVarying(workspace, share);
    const weights = uploaded(context, 'weights', await matrixWeights(workspace));
    await context.run(electSteps(context, workspace, base, weights));
  },
};

/** Drops all positions but those of the largest variance from every task vector. */
async function selectVarying(workspace: DeltaWorkspace, share: number): Promise<void> {
  const { context, table, blocks, deltas } = workspace;
  const { length } = context.layout;
  const zeros = context.scratch('zeros', 'f32', length);
  const spread = context.scratch('spread', 'f32', length);
  const second = context.scratch('means', 'f32', length);
  const sums = sumsBuffer(workspace, 1);
  await context.run([
    ...deltas.map((model, k) =>
      foldStep(foldKernels.spread, { result: spread, second, base: zeros, model, count: k + 1 }),
    ),
    sumStep(workspace, spread, sums, 0),
  ]);
  const [varying = []] = await readSums(context, table, sums, 1);
  const kept = varying.map(({ count }) => Math.floor(share * count));
  const none = kept.map(() => 0);
  const cuts = uploaded(context, 'cuts', initialCuts(table, [kept, none]));
  const buffers = selectionBuffers(context, table, { blocks, cuts });
  const selection = { values: spread, origin: zeros, index: 0, keepsTies: false };
  await context.run([
    ...selectionSteps(table, buffers, selection),
    deltaStep(workspace, deltaKernels.keepBand, spread, { cuts }, { inner: table.sizes.length }),
    ...deltas.map((delta) =>
      deltaStep(workspace, deltaKernels.dropRandom, delta, { mask: spread }, { hasMask: 1 }),
    ),
  ]);
}

/** wₖ of every tensor: models outside, tensors inside. */
async function matrixWeights(workspace: DeltaWorkspace): Promise<Float32Array> {
  const { context, table, deltas } = workspace;
  const sums = sumsBuffer(workspace, deltas.length);
  await context.run(deltas.map((delta, k) => sumStep(workspace, delta, sums, k)));
  const found = await readSums(context, table, sums, deltas.length);
  const means = found.map((row) =>
    row.map(({ squares }, segment) => squares / Math.max(1, table.sizes[segment] ?? 0)),
  );
  const totals = table.sizes.map((_, segment) =>
    means.reduce((total, row) => total + (row[segment] ?? 0), 0),
  );
  return new Float32Array(
    means.flatMap((row) =>
      row.map((mean, segment) => {
        const total = totals[segment] ?? 0;
        return total < SMALLEST_SUM ? 1 / deltas.length : mean / total;
      }),
    ),
  );
}

function electSteps(
  context: MergeContext,
  workspace: DeltaWorkspace,
  base: DeviceBuffer,
  weights: DeviceBuffer,
): Step[] {
  const { table, blocks, deltas } = workspace;
  const { length } = context.layout;
  const votes = context.scratch('votes', 'f32', length);
  const divisor = context.scratch('divisors', 'f32', length);
  const terms = deltas.map((buffer) => ({ buffer, coefficient: 1 }));
  const bind = { sum: context.output, divisor, votes, blocks, weights };
  const uniforms = {
    blockCount: table.blocks.length / 3,
    segmentCount: table.sizes.length,
    model: 0,
    smallest: SMALLEST_SUM,
  };
  return [
    ...combinationSteps(votes, terms, { start: 'nothing' }),
    ...deltas.map((delta, model) => ({
      kernel: collectKernels.collect,
      bind: { ...bind, delta },
      uniforms: { ...uniforms, model },
    })),
    { kernel: collectKernels.finish, bind: { ...bind, delta: base }, uniforms },
  ];
}
