import { combinationSteps } from '../linear/combination-steps.ts';
import { ANY_MODELS, type MergeMethod } from '../method.ts';
import { throughModel } from '../recorded/recorded-form.ts';
import { baseOf } from '../sparse/delta-workspace.ts';
import { foldKernels, foldStep } from '../sparse/fold-kernels.ts';
import { RankFinder } from '../sparse/rank-finder.ts';
import { scaleParameter } from './common-parameters.ts';

/**
 * Task arithmetic in the trust region, without data (the task vectors stand for the gradients).
 *   θ = θᵦ + s Σ τₖ where Ω is below its q-quantile over the whole model, Ω = Σ_{i≠j} |τᵢ| |τⱼ|
 * The quantile lies between ranks linearly. Where Ω = 0 nothing conflicts and nothing is dropped,
 * so one model alone is plain task arithmetic.
 * @numeric choice exact up to Ω within 1e-6 of the quantile; |y − f64| <= 5e-7 + 1e-6 |y| for s
 *          near 1; same bits on repeat
 * @source  Sun et al. 2025, arXiv:2501.15065; fusion_bench `method/trust_region` (zero-shot)
 */
export const trustRegion: MergeMethod = {
  id: 'trust_region_task_arithmetic',
  title: 'Task arithmetic in the trust region',
  summary: 'θ = θᵦ + s Σ τₖ without the parameters in which the task vectors conflict most.',
  source: 'Sun et al. 2025, arXiv:2501.15065; fusion_bench 0.2.33 trust_region',
  models: ANY_MODELS,
  needsBase: true,
  family: 'sparse',
  isGlobal: () => true,
  rangesOfModel: throughModel,
  parameters: [
    {
      kind: 'number',
      name: 'threshold_quantile',
      title: 'Kept share q',
      doc: 'Share of the parameters that stays, those with the least conflict first.',
      perModel: false,
      default: 0.99,
      range: [0, 1],
    },
    scaleParameter('scaling_factor', 'Scale s', 0.3, 'Multiplies the sum of the task vectors.'),
  ],
  apply: async (context) => {
    const { models, values, layout, output } = context;
    const base = baseOf(context);
    const found = context.scratch('conflict', 'f32', layout.length);
    const second = context.scratch('sum of magnitudes', 'f32', layout.length);
    await context.run(
      models.map((model) => foldStep(foldKernels.conflict, { result: found, second, base, model })),
    );
    const origin = context.scratch('zeros', 'f32', layout.length);
    const ranks = new RankFinder(context);
    const place = values.number('threshold_quantile') * (ranks.size - 1);
    const [low = 0, high = 0] = await ranks.find([
      { values: found, origin, rank: ranks.size - Math.floor(place) },
      { values: found, origin, rank: ranks.size - Math.ceil(place) },
    ]);
    const threshold = low + (place - Math.floor(place)) * (high - low);
    const sum = context.scratch('sum of task vectors', 'f32', layout.length);
    const coefficient = values.number('scaling_factor');
    await context.run([
      ...models.map((model) =>
        foldStep(foldKernels.within, { result: sum, second, base, model, found, a: threshold }),
      ),
      ...combinationSteps(output, [{ buffer: sum, coefficient }], {
        start: 'origin',
        origin: base,
      }),
    ]);
  },
};
