/** Numbers that were tried, and how good they were. */
export interface ScoredPoint {
  readonly score: number;
  /** `alpha`, `weight.Games`: what was varied. */
  readonly point: Readonly<Record<string, number>>;
}

/**
 * Place of the highest score; of equal ones the numbers nearest to 0 by Σ|x|, which leaves models most
 * as they are; of these the first. NaN is never chosen. −1 without a score.
 */
export function bestTrial(trials: readonly ScoredPoint[]): number {
  return trials.reduce((best, trial, index) => {
    const leader = trials[best];
    if (Number.isNaN(trial.score)) return best;
    if (leader === undefined || trial.score > leader.score) return index;
    if (trial.score < leader.score) return best;
    return distance(trial) < distance(leader) ? index : best;
  }, -1);
}

function distance({ point }: ScoredPoint): number {
  return Object.values(point).reduce((sum, value) => sum + Math.abs(value), 0);
}
