/** Linear warm-up, then a cosine from the peak to `finalFraction` of it. */
export interface LearningRateSchedule {
  readonly peak: number;
  readonly warmupSteps: number;
  readonly totalSteps: number;
  readonly finalFraction: number;
}

/**
 * Learning rate of optimizer step `stepIndex` (0-based). The first step has peak / warmupSteps,
 * step warmupSteps - 1 the peak, the last step `finalFraction * peak`.
 */
export function learningRateAt(schedule: LearningRateSchedule, stepIndex: number): number {
  const { peak, warmupSteps, totalSteps, finalFraction } = schedule;
  if (stepIndex < warmupSteps) return (peak * (stepIndex + 1)) / warmupSteps;
  const span = Math.max(1, totalSteps - 1 - warmupSteps);
  const progress = Math.min(1, (stepIndex - warmupSteps) / span);
  const cosine = (1 + Math.cos(Math.PI * progress)) / 2;
  return peak * (finalFraction + (1 - finalFraction) * cosine);
}
