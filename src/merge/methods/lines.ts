import { combinationSteps } from '../linear/combination-steps.ts';
import { ANY_MODELS, type MergeMethod } from '../method.ts';
import { throughModel, throughRanges } from '../recorded/recorded-form.ts';
import { deltaKernels } from '../sparse/delta-kernels.ts';
import { baseOf, deltaStep, workspaceOf } from '../sparse/delta-workspace.ts';
import { uploaded } from '../ties/select.ts';
import { scaleParameter } from './common-parameters.ts';

/** Number of the block that a tensor belongs to: the first number between dots; null outside. */
export function blockOf(name: string, blocks = Infinity): number | null {
  for (const match of name.matchAll(/(?<=\.)\d+(?=\.)/g)) {
    if (Number(match[0]) < blocks) return Number(match[0]);
  }
  return null;
}

/**
 * LiNeS: deeper blocks change more.   θ = θᵦ + sₗ Σ τₖ, sₗ = α + β l / (L − 1) in block l, α elsewhere
 * The block is the first number between dots in the tensor's name. One block, or L = 1: α.
 * @numeric |y − f64| <= 5e-7 + 1e-6 |y| for sₗ near 1; same bits on repeat
 * @source  Wang et al. 2024, arXiv:2410.17146; LiNeS (official)
 */
export const lines: MergeMethod = {
  id: 'lines',
  title: 'LiNeS',
  summary:
    'θ = θᵦ + (α + β l / (L − 1)) Σ τₖ: scales the task vectors by the depth l of the block.',
  source: 'Wang et al. 2024, arXiv:2410.17146; LiNeS (official)',
  models: ANY_MODELS,
  needsBase: true,
  family: 'task-vector',
  isGlobal: (values) => values.number('num_blocks') === 0,
  ranges: throughRanges,
  rangesOfModel: throughModel,
  parameters: [
    scaleParameter('alpha', 'Scale α', 0.5, 'Scale of the first block and of tensors outside.'),
    scaleParameter('beta', 'Growth β', 0.5, 'Added to the scale up to the last block.'),
    {
      kind: 'number',
      name: 'num_blocks',
      title: 'Blocks L',
      doc: 'How many blocks the model has; 0 counts them from the names.',
      perModel: false,
      default: 0,
      range: [0, 10000],
      isInteger: true,
      slider: [0, 64],
    },
  ],
  apply: async (context) => {
    const { values, models, output } = context;
    const origin = baseOf(context);
    const workspace = workspaceOf(context, []);
    const given = values.number('num_blocks');
    const blocks = workspace.entries.map(({ name }) => blockOf(name, given || Infinity));
    const last = (given || Math.max(0, ...blocks.map((block) => (block ?? -1) + 1))) - 1;
    const factors = blocks.map((block) => {
      const depth = block === null || last <= 0 ? 0 : block / last;
      return values.number('alpha') + values.number('beta') * depth;
    });
    const scales = uploaded(context, 'scales', new Float32Array(factors));
    const terms = models.map((buffer) => ({ buffer, coefficient: 1 }));
    await context.run([
      ...combinationSteps(output, terms, { start: 'nothing', origin, isRelative: true }),
      deltaStep(workspace, deltaKernels.scaleTensors, output, { scales }),
      ...combinationSteps(output, [{ buffer: origin, coefficient: 1 }], { start: 'target' }),
    ]);
  },
};
