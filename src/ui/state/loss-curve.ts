import type { RunEvent } from '../../lab/job/events.ts';

/** Of a training, as it was told. */
export interface LossCurve {
  readonly steps: readonly number[];
  readonly losses: readonly number[];
  readonly gradNorms: readonly number[];
  /** Of embedding models: share of negatives that were close to their targets. */
  readonly closeShares?: readonly number[];
}

export const EMPTY_CURVE: LossCurve = { steps: [], losses: [], gradNorms: [] };

/** A resumed job reports steps again: what is already drawn at or after its first step is replaced. */
export function extended(curve: LossCurve, event: RunEvent & { type: 'loss' }): LossCurve {
  const first = event.steps[0] ?? Infinity;
  const cut = curve.steps.findIndex((step) => step >= first);
  const keep = cut === -1 ? curve.steps.length : cut;
  return {
    steps: [...curve.steps.slice(0, keep), ...event.steps],
    losses: [...curve.losses.slice(0, keep), ...event.losses],
    gradNorms: [...curve.gradNorms.slice(0, keep), ...event.gradNorms],
    ...(event.closeShares && {
      closeShares: [...(curve.closeShares ?? []).slice(0, keep), ...event.closeShares],
    }),
  };
}
