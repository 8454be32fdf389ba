/** What the learning rate does after the warm-up. */
export type ScheduleShape = 'constant' | 'cosine';

/** Linear warm-up, then the peak, or a cosine from it to `finalFraction` of it. */
export interface LearningRateSchedule {
  readonly peak: number;
  readonly warmupSteps: number;
  readonly totalSteps: number;
  /** Of a cosine. */
  readonly finalFraction: number;
  /** Default: a cosine. */
  readonly shape?: ScheduleShape;
}

/**
 * Learning rate of optimizer step `stepIndex` (0-based). The first step has peak / warmupSteps,
 * step warmupSteps - 1 the peak, the last step of a cosine `finalFraction * peak`. A warm-up longer
 * than the run never reaches the peak.
 */
export function learningRateAt(schedule: LearningRateSchedule, stepIndex: number): number {
  const { peak, warmupSteps, totalSteps, finalFraction, shape = 'cosine' } = schedule;
  if (stepIndex < warmupSteps) return (peak * (stepIndex + 1)) / warmupSteps;
  if (shape === 'constant') return peak;
  const span = Math.max(1, totalSteps - 1 - warmupSteps);
  const progress = Math.min(1, (stepIndex - warmupSteps) / span);
  const cosine = (1 + Math.cos(Math.PI * progress)) / 2;
  return peak * (finalFraction + (1 - finalFraction) * cosine);
}
