import type { DeviceBuffer } from '../../compute/executor.ts';
import { combinationSteps } from '../linear/combination-steps.ts';
import type { MergeContext } from '../method.ts';
import { runTies, type TiesOptions } from '../ties/ties.ts';
import { baseOf } from './delta-workspace.ts';

/** How task vectors become one. */
export interface SumOptions {
  readonly weights: readonly number[];
  /** Divides by the sum of the weights (by 1 where that is 0). */
  readonly normalize: boolean;
  readonly lambda: number;
}

/** Sums below this count as 0, as in mergekit. */
const SMALLEST_SUM = 1e-8;

/** θ = θᵦ + λ Σ wₖ δₖ, divided by Σ wₖ when normalised. */
export async function addDeltas(
  context: MergeContext,
  deltas: readonly DeviceBuffer[],
  { weights, normalize, lambda }: SumOptions,
): Promise<void> {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const divisor = normalize && Math.abs(sum) >= SMALLEST_SUM ? sum : 1;
  const terms = deltas.map((buffer, k) => ({
    buffer,
    coefficient: (lambda * (weights[k] ?? 0)) / divisor,
  }));
  const origin = baseOf(context);
  await context.run(combinationSteps(context.output, terms, { start: 'origin', origin }));
}

/** θ = θᵦ + λ · TIES of task vectors that are trimmed already. */
export async function electDeltas(
  context: MergeContext,
  deltas: readonly DeviceBuffer[],
  options: Pick<TiesOptions, 'weights' | 'combine' | 'lambda'> & Partial<TiesOptions>,
): Promise<void> {
  const zeros = context.scratch('zeros', 'f32', context.layout.length);
  await runTies(
    { ...context, base: zeros, models: deltas },
    {
      scope: 'tensor',
      keep: (_, size) => size,
      keepTies: false,
      rescale: false,
      weightedVotes: true,
      zeroSign: 'positive',
      ...options,
    },
  );
  const base = [{ buffer: baseOf(context), coefficient: 1 }];
  await context.run(combinationSteps(context.output, base, { start: 'target' }));
}
