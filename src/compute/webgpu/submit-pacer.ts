/** Runs of a program that are timed before it may be cut. */
const TIMED_RUNS = 3;
/** Operations that take as long as a byte of memory traffic: only the proportions count here. */
const FLOPS_PER_BYTE = 8;

/**
 * Decides into how many submits a program is cut. A graphics card does not draw while it computes:
 * a command buffer that takes longer than `limitMs` makes the whole screen stutter, so programs
 * measured to be longer go out in several, cut between dispatches. Results do not depend on it.
 */
export class SubmitPacer {
  private readonly costs: readonly number[];
  private readonly limitMs: number;
  private timed = 0;
  private fastestMs = Infinity;
  private starts: readonly number[] = [0];

  constructor(costs: readonly number[], limitMs: number) {
    this.costs = costs;
    this.limitMs = limitMs;
  }

  /** True while the program's runs should be timed. */
  get wantsTimes(): boolean {
    return Number.isFinite(this.limitMs) && this.timed < TIMED_RUNS;
  }

  /** First dispatch of each submit; one while the program is short or not yet measured. */
  get submits(): readonly number[] {
    return this.starts;
  }

  /** Reports how long a run took on the device; the fastest counts, as the first ones warm up. */
  add(ms: number): void {
    if (!this.wantsTimes) return;
    this.timed += 1;
    this.fastestMs = Math.min(this.fastestMs, ms);
    if (this.timed === TIMED_RUNS) {
      this.starts = cutByCost(this.costs, Math.ceil(this.fastestMs / this.limitMs));
    }
  }
}

/** Cost of a dispatch in proportion to others. */
export function dispatchCost({ flops, bytes }: { flops: number; bytes: number }): number {
  return flops / FLOPS_PER_BYTE + bytes;
}

/** Cuts a row of costs into at most `parts` runs of about equal cost; gives where each starts. */
export function cutByCost(costs: readonly number[], parts: number): readonly number[] {
  const total = costs.reduce((sum, cost) => sum + cost, 0);
  const starts = [0];
  let sum = 0;
  costs.forEach((cost, index) => {
    const middle = sum + cost / 2;
    if (index > 0 && middle * parts >= starts.length * total && starts.length < parts) {
      starts.push(index);
    }
    sum += cost;
  });
  return starts;
}
