import type { DeviceBuffer, Step } from '../../compute/executor.ts';
import { linearCombination, TERMS_PER_PASS } from './linear-combination.ts';

/** One operand of a weighted sum. */
export interface Term {
  readonly buffer: DeviceBuffer;
  readonly coefficient: number;
}

/** What the sum is added to, and what is taken from every operand first. */
export interface CombinationOptions {
  /** What the sum is added to; the numbers are the shader's. */
  readonly start: keyof typeof START;
  readonly origin?: DeviceBuffer | null;
  /** Operands count as differences from the origin. */
  readonly isRelative?: boolean;
}

const START = { nothing: 0, target: 1, origin: 2 } as const;

/** target = start + Σ cₖ xₖ, or start + Σ cₖ (xₖ − origin). The target is no operand. */
export function combinationSteps(
  target: DeviceBuffer,
  terms: readonly Term[],
  { start, origin = null, isRelative = false }: CombinationOptions,
): Step[] {
  // Without an origin the slot still has to be bound; `relative` is 0 then.
  const bound = origin ?? terms[0]?.buffer;
  if (bound === undefined) return [];
  const steps: Step[] = [];
  for (let at = 0; at < terms.length; at += TERMS_PER_PASS) {
    const group = terms.slice(at, at + TERMS_PER_PASS);
    const [x0 = bound, x1 = bound, x2 = bound, x3 = bound] = group.map((term) => term.buffer);
    const [c0 = 0, c1 = 0, c2 = 0, c3 = 0] = group.map((term) => term.coefficient);
    steps.push({
      kernel: linearCombination,
      bind: { target, origin: bound, x0, x1, x2, x3 },
      uniforms: {
        quads: target.length / 4,
        terms: group.length,
        start: START[at > 0 ? 'target' : start],
        relative: isRelative ? 1 : 0,
        ...{ c0, c1, c2, c3 },
      },
    });
  }
  return steps;
}
