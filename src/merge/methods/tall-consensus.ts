import type { DeviceBuffer } from '../../compute/executor.ts';
import { combinationSteps } from '../linear/combination-steps.ts';
import { ANY_MODELS, type MergeContext, type MergeMethod } from '../method.ts';
import { throughRanges } from '../recorded/recorded-form.ts';
import { reportArena } from '../report-arena.ts';
import { baseOf } from '../sparse/delta-workspace.ts';
import { foldKernels, foldStep } from '../sparse/fold-kernels.ts';
import { scaleParameter } from './common-parameters.ts';
import { TASK, taskOf } from './task-parameter.ts';

/**
 * TALL masks and consensus task arithmetic, τ = Σ τₖ.
 *   mₖ = [|τₖ| > λ |τ − τₖ|]: where model k dominates
 *   θ = θᵦ + s [Σ mₖ ≥ c] ⊙ τ for all, θ = θᵦ + mₖ ⊙ τ for model k
 * Reports as arenas `tall_m0`, `tall_m1`, … and `consensus2` for c = 2.
 * @errors  invalid-argument when the task is no model
 * @numeric |y − f64| <= 5e-7 + 1e-6 |y| for s near 1; same bits on repeat
 * @source  Wang et al. 2024, arXiv:2405.07813; tall_masks, fusion_bench `method/tall_mask`
 */
export const tallConsensus: MergeMethod = {
  id: 'tall_consensus',
  title: 'Consensus (TALL masks)',
  summary: 'θ = θᵦ + s [Σ mₖ ≥ c] ⊙ Σ τₖ: keeps what at least c models consider important.',
  source: 'Wang et al. 2024, arXiv:2405.07813; tall_masks (official)',
  models: ANY_MODELS,
  needsBase: true,
  family: 'sparse',
  ranges: throughRanges,
  parameters: [
    {
      kind: 'number',
      name: 'tall_mask_lambda',
      title: 'Strictness λ',
      doc: 'A model counts an element as its own when its change exceeds λ times that of the others.',
      perModel: false,
      default: 0.4,
      range: [0, 100],
      slider: [0, 1],
    },
    {
      kind: 'number',
      name: 'prun_thre_k',
      title: 'Models c',
      doc: 'How many models must count an element as their own; 0 keeps everything.',
      perModel: false,
      default: 2,
      range: [0, 64],
      isInteger: true,
      slider: [0, 8],
    },
    scaleParameter('scaling', 'Scale s', 0.3, 'Multiplies the sum of the task vectors.'),
    TASK,
  ],
  apply: async (context) => {
    const { values, models, output: result } = context;
    const base = baseOf(context);
    const task = taskOf(context);
    const found = context.scratch('sum of task vectors', 'f32', context.layout.length);
    const second = context.scratch('unused', 'f32', 1);
    const a = values.number('tall_mask_lambda');
    const terms = models.map((buffer) => ({ buffer, coefficient: 1 }));
    await context.run(
      combinationSteps(found, terms, { start: 'nothing', origin: base, isRelative: true }),
    );
    await reportMasks(context, { base, found, second, a });
    const counted = models.filter((_, k) => task < 0 || k === task);
    const votes = task < 0 ? values.number('prun_thre_k') : 1;
    const fold = { result, second, base, found };
    await context.run(
      counted.map((model) => foldStep(foldKernels.dominant, { ...fold, model, a })),
    );
    if (task < 0) {
      const name = `consensus${votes}`;
      await reportArena(context, name, result, (value) => (value >= votes ? 1 : 0));
    }
    const scale = task < 0 ? values.number('scaling') : 1;
    await context.run([foldStep(foldKernels.agreed, { ...fold, a: scale, b: votes })]);
  },
};

interface Operands {
  readonly base: DeviceBuffer;
  readonly found: DeviceBuffer;
  readonly second: DeviceBuffer;
  readonly a: number;
}

async function reportMasks(context: MergeContext, operands: Operands): Promise<void> {
  if (context.reportsArenas !== true) return;
  for (const [k, model] of context.models.entries()) {
    const result = context.scratch('mask', 'f32', context.layout.length);
    await context.run([foldStep(foldKernels.dominant, { ...operands, result, model })]);
    await reportArena(context, `tall_m${k}`, result);
  }
}
