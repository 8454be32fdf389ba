import type { MergeMethod } from '../method.ts';
import { throughRanges } from '../recorded/recorded-form.ts';
import { baseOf } from '../sparse/delta-workspace.ts';
import { foldKernels, foldStep } from '../sparse/fold-kernels.ts';

/** Smallest distance that t is divided by. */
const SMALLEST_DISTANCE = 1e-6;

/**
 * Nearswap: takes over what hardly changed.   θ = θᵦ + w τ, w = t / |τ| within 0…1
 * A parameter within t of the base becomes the model's, all others move by t towards it.
 * @numeric |y − f64| <= 5e-7 + 1e-6 |y|; same bits on repeat
 * @source  mergekit `nearswap`
 */
export const nearswap: MergeMethod = {
  id: 'nearswap',
  title: 'Nearswap',
  summary: 'θ = θᵦ + min(1, t / |τ|) τ: moves every parameter towards the model, by t at most.',
  source: 'mergekit 0.1.4 nearswap',
  models: { min: 1, max: 1 },
  needsBase: true,
  family: 'task-vector',
  isMergekit: true,
  isElementwise: () => true,
  ranges: throughRanges,
  parameters: [
    {
      kind: 'number',
      name: 't',
      title: 'Distance t',
      doc: 'Parameters closer to the base than this are taken over, others move by this much.',
      perModel: false,
      default: 0.001,
      range: [0, 100],
      slider: [0, 0.1],
    },
  ],
  apply: (context) => {
    const base = baseOf(context);
    const second = context.scratch('unused', 'f32', 1);
    const a = context.values.number('t');
    const [model = base] = context.models;
    const fold = { result: context.output, second, base, model, a, b: SMALLEST_DISTANCE };
    return context.run([foldStep(foldKernels.near, fold)]);
  },
};
