import type { DeviceBuffer, Step } from '../../compute/executor.ts';
import { AppError } from '../../core/errors.ts';
import type { MergeContext } from '../method.ts';
import { blockTable, type BlockTable, type TrimScope } from './blocks.ts';
import { COMBINE, mergeKernels, MODELS_PER_PASS, PARTS } from './merge-kernels.ts';
import { initialCuts, selectionBuffers, selectionSteps, uploaded } from './select.ts';

/** Everything in which the known versions of TIES differ. */
export interface TiesOptions {
  readonly scope: TrimScope;
  /** Elements kept of a segment of `size` elements, per model. */
  readonly keep: (model: number, size: number) => number;
  /** Keeps all elements equal to the threshold instead of the first ones by arena index. */
  readonly keepTies: boolean;
  /** Restores each trimmed segment's L1 norm. */
  readonly rescale: boolean;
  /** The models are the merge's own, not made from them by other parameters: cuts may be kept. */
  readonly keepsCuts?: boolean;
  readonly weights: readonly number[];
  /** Whether weights count in the election. */
  readonly weightedVotes: boolean;
  /** What a zero sum elects: + or the sign most parameters of the model elected. */
  readonly zeroSign: 'positive' | 'majority';
  readonly combine: keyof typeof COMBINE;
  readonly lambda: number;
}

/**
 * TIES: trim each task vector, elect one sign per parameter, combine the values that agree, add to
 * the base. All on the device; the host only counts how many elements stay.
 */
export async function runTies(context: MergeContext, options: TiesOptions): Promise<void> {
  const { base, layout } = context;
  if (base === null) throw new AppError('internal', 'TIES was started without its base.');
  const table = blockTable(layout, options.scope);
  const blocks = uploaded(context, 'blocks', table.blocks);
  const counts = context.models.map((_, k) => table.sizes.map((size) => options.keep(k, size)));
  // Last word: the majority.
  const cuts = uploaded(context, 'cuts', initialCuts(table, counts, { spare: 1 }));
  const shared = { base, blocks, cuts };
  const merge = mergeSteps(context, options, table, shared);
  const trim = () => trimSteps(context, options, table, shared);
  if (context.remember === undefined || options.keepsCuts !== true) {
    await context.run([...trim(), ...merge]);
    return;
  }
  // Weights, votes and scale do not move a cut: only another density trims again.
  const { scope, keepTies, rescale } = options;
  const key = `cuts ${JSON.stringify({ scope, keepTies, rescale, counts })}`;
  const found = await context.remember(key, async () => {
    const steps = trim();
    if (steps.length > 0) await context.run(steps, 'trim');
    return context.executor.read(cuts);
  });
  context.executor.write(cuts, found);
  await context.run(merge);
}

interface Shared {
  readonly base: DeviceBuffer;
  readonly blocks: DeviceBuffer;
  readonly cuts: DeviceBuffer;
}

function trimSteps(
  context: MergeContext,
  options: TiesOptions,
  table: BlockTable,
  shared: Shared,
): Step[] {
  const { models } = context;
  const isTrimmed = models.map((_, k) => table.sizes.some((size) => options.keep(k, size) < size));
  if (!isTrimmed.includes(true)) return [];
  const buffers = selectionBuffers(context, table, shared, options.rescale);
  return models.flatMap((values, index) =>
    isTrimmed[index] !== true
      ? []
      : selectionSteps(table, buffers, {
          values,
          origin: shared.base,
          index,
          keepsTies: options.keepTies,
          rescales: options.rescale,
        }),
  );
}

function mergeSteps(
  context: MergeContext,
  options: TiesOptions,
  table: BlockTable,
  shared: Shared,
): Step[] {
  const { models, layout, output } = context;
  const { length } = layout;
  const combine = COMBINE[options.combine];
  const common = {
    blockCount: table.blocks.length / 3,
    segmentCount: table.sizes.length,
    totalModels: models.length,
    combine,
    weightedVotes: options.weightedVotes ? 1 : 0,
    majority: options.zeroSign === 'majority' ? 1 : 0,
    zero: 0,
    lambda: options.lambda,
  };
  const pass = (first: number, result: DeviceBuffer) => {
    const group = models.slice(first, first + MODELS_PER_PASS);
    const [m0 = shared.base, m1 = m0, m2 = m0, m3 = m0] = group;
    const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = options.weights.slice(first, first + MODELS_PER_PASS);
    const model = { firstModel: first, modelCount: group.length };
    return {
      bind: { ...shared, result, m0, m1, m2, m3 },
      uniforms: { ...common, ...model, w0, w1, w2, w3 },
    };
  };
  const { fused, majority, elect, count, collect, finish } = mergeKernels;
  const countsMajority = common.majority === 1;
  if (models.length <= MODELS_PER_PASS) {
    const kernels = countsMajority ? [majority, fused] : [fused];
    return kernels.map((kernel) => ({ kernel, ...pass(0, output) }));
  }
  const merged = context.scratch('votes and sums', 'f32', length * PARTS);
  const firsts = models.flatMap((_, index) => (index % MODELS_PER_PASS === 0 ? [index] : []));
  return [
    ...firsts.map((first) => ({ kernel: elect, ...pass(first, merged) })),
    ...(countsMajority ? [{ kernel: count, ...pass(0, merged) }] : []),
    ...firsts.map((first) => ({ kernel: collect, ...pass(first, merged) })),
    {
      kernel: finish,
      bind: { result: output, base: shared.base, merged },
      uniforms: { length, combine, totalModels: models.length, lambda: options.lambda },
    },
  ];
}
