import { numbersOf, probeAnswer, probeChange } from '../../../src/rec/evaluation/probe-numbers.ts';
import type { ProbeResult } from '../../../workers/lab/api.ts';

/** Two users beside their parent, whose loss is 2 and who hits the first of them; by domain the mean loss. */
export function probed(losses: Readonly<Record<string, number>>): ProbeResult {
  const parent = probeAnswer([1.5, 2.5], [true, false]);
  return {
    split: 'validation',
    places: Object.entries(losses).map(([domain, loss]) => {
      const merge = probeAnswer([loss - 0.5, loss + 0.5], [false, false]);
      const change = probeChange(merge, parent);
      return { domain, ...numbersOf(merge), parent: numbersOf(parent), change };
    }),
    ms: { merge: 8, evaluate: 30, total: 38 },
  };
}
