import type { DeviceBuffer } from '../../compute/executor.ts';
import { combinationSteps } from '../linear/combination-steps.ts';
import { ANY_MODELS, type MergeContext, type MergeMethod } from '../method.ts';
import type { NumberParameter } from '../parameters.ts';
import { throughRanges } from '../recorded/recorded-form.ts';
import { deltaKernels } from '../sparse/delta-kernels.ts';
import { baseOf, deltaStep, sumsBuffer, sumStep, workspaceOf } from '../sparse/delta-workspace.ts';
import { foldKernels, foldStep } from '../sparse/fold-kernels.ts';
import { readSums } from '../sparse/tensor-sums.ts';
import { uploaded } from '../ties/select.ts';

const EPSILON: NumberParameter = {
  kind: 'number',
  name: 'epsilon',
  title: 'Threshold ε',
  doc: 'A change counts as active when it is larger than this.',
  perModel: false,
  default: 1e-5,
  range: [0, 100],
  slider: [0, 0.01],
};

/**
 * RAM, for task vectors of reinforcement learning, which are sparse.   θ = θᵦ + Σ active τₖ / c
 * An element of τₖ is active when |τₖ| > ε; c counts the models in which it is. What one model alone
 * changed is added whole, what several changed is averaged.
 * @numeric choice exact; |y − f64| <= 5e-7 + 1e-6 |y|; same bits on repeat
 * @source  arXiv:2601.13572; mergekit `ram`
 */
export const ram: MergeMethod = {
  id: 'ram',
  title: 'RAM',
  summary: 'θ = θᵦ + Σ τₖ / c: changes of one model are added whole, shared ones averaged.',
  source: 'arXiv:2601.13572; mergekit 0.1.4 ram',
  models: ANY_MODELS,
  needsBase: true,
  family: 'sparse',
  isMergekit: true,
  isElementwise: () => true,
  ranges: throughRanges,
  parameters: [EPSILON],
  apply: async (context) => {
    await shares(context);
    await addBase(context);
  },
};

/**
 * RAM+: as `ram`, but what model k alone changed is multiplied by 1 + r min(α, shared / unique), the
 * numbers of active elements of τₖ in the tensor that it shares and has alone (at least ε).
 * @numeric choice and counts exact; |y − f64| <= 5e-7 + 1e-6 |y|; same bits on repeat
 * @source  arXiv:2601.13572; mergekit `ramplus_tl`
 */
export const ramPlus: MergeMethod = {
  ...ram,
  // Its factors count over the tensor.
  isElementwise: () => false,
  id: 'ramplus_tl',
  title: 'RAM+',
  summary: 'θ = θᵦ + Σ λₖ τₖ / c: as RAM, with λₖ > 1 for what one model alone changed.',
  source: 'arXiv:2601.13572; mergekit 0.1.4 ramplus_tl',
  parameters: [
    EPSILON,
    {
      kind: 'number',
      name: 'r',
      title: 'Amplification r',
      doc: 'How strongly the changes that one model alone has are made larger.',
      perModel: false,
      default: 0.1,
      range: [-100, 100],
      slider: [0, 1],
    },
    {
      kind: 'number',
      name: 'alpha',
      title: 'Limit α',
      doc: 'Bound on the ratio of shared to unique changes that enters.',
      perModel: false,
      default: 0.2,
      range: [0, 100],
      slider: [0, 2],
    },
  ],
  apply: async (context) => {
    const counts = await shares(context);
    await amplify(context, counts);
    await addBase(context);
  },
};

/** Leaves Σ active τₖ / c in the output; gives c. */
async function shares(context: MergeContext): Promise<DeviceBuffer> {
  const base = baseOf(context);
  const counts = context.scratch('counts', 'f32', context.layout.length);
  const second = context.scratch('unused', 'f32', 1);
  const b = context.values.number('epsilon');
  await context.run([
    ...context.models.map((model) =>
      foldStep(foldKernels.dominant, { result: counts, second, base, model, b }),
    ),
    ...context.models.map((model) =>
      foldStep(foldKernels.share, {
        ...{ result: context.output, second, base, model },
        ...{ found: counts, b },
      }),
    ),
  ]);
  return counts;
}

/** Adds (λₖ − 1) times the unique part of each task vector to the output. */
async function amplify(context: MergeContext, found: DeviceBuffer): Promise<void> {
  const { models, values } = context;
  const base = baseOf(context);
  const workspace = workspaceOf(context, []);
  const result = context.scratch('own part', 'f32', context.layout.length);
  const second = context.scratch('unused', 'f32', 1);
  const sums = sumsBuffer(workspace, models.length);
  const fold = { result, second, base, found, b: values.number('epsilon') };
  await context.run(
    models.flatMap((model, k) => [
      foldStep(foldKernels.owners, { ...fold, model }),
      sumStep(workspace, result, sums, k),
    ]),
  );
  // An element alone counts 1, a shared one 2.
  const owners = await readSums(context, workspace.table, sums, models.length);
  const gains = owners.flatMap((row) =>
    row.map(({ l1, count }) => {
      const shared = l1 - count;
      const ratio = shared / Math.max(count - shared, values.number('epsilon'));
      // Nothing of its own: there is nothing to multiply.
      return count === shared ? 0 : values.number('r') * Math.min(ratio, values.number('alpha'));
    }),
  );
  const scales = uploaded(context, 'gains', new Float32Array(gains));
  const own = [{ buffer: result, coefficient: 1 }];
  await context.run(
    models.flatMap((model, k) => [
      foldStep(foldKernels.unique, { ...fold, model }),
      deltaStep(workspace, deltaKernels.scaleTensors, result, { scales }, { model: k }),
      ...combinationSteps(context.output, own, { start: 'target' }),
    ]),
  );
}

async function addBase(context: MergeContext): Promise<void> {
  const base = [{ buffer: baseOf(context), coefficient: 1 }];
  await context.run(combinationSteps(context.output, base, { start: 'target' }));
}
