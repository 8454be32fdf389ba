import { RandomStream } from '../../core/rng.ts';
import {
  crossFittedGain,
  interval95,
  resampledWeight,
  type CrossFittedGain,
  type ResampledWeight,
  type UserChoice,
} from './user-choice.ts';
import { regress, type RegressionPoint } from './weight-regression.ts';

export interface DrawnContext {
  readonly weight: ResampledWeight;
  readonly gain: CrossFittedGain;
}

/**
 * Every context's best weight over users drawn again, and what choosing is worth against the weight
 * 0. Pure functions of the values and the context's name.
 */
export function resampleContexts(
  contexts: readonly (UserChoice & { readonly domain: string })[],
  draws: number,
): DrawnContext[] {
  return contexts.map((choice) => ({
    weight: resampledWeight(choice, draws, new RandomStream(0, `bootstrap/${choice.domain}`)),
    gain: crossFittedGain(
      choice,
      choice.weights.indexOf(0),
      new RandomStream(0, `halves/${choice.domain}`),
    ),
  }));
}

/** What is kept of a context's draws. */
export function resampledOf(drawn: DrawnContext | undefined) {
  if (drawn === undefined) return {};
  const { mean, variance, low, high } = drawn.weight;
  return { resampled: { mean, variance, low, high, gain: { ...drawn.gain } } };
}

/**
 * Each context counts by 1 / variance of its best weight. A variance is at least that of a value
 * rounded to the grid, step² / 12: users who all agree know no more than that.
 */
export function weightedPoints(
  points: readonly RegressionPoint[],
  drawn: readonly DrawnContext[],
  weights: readonly number[],
): RegressionPoint[] {
  const sorted = [...weights].sort((a, b) => a - b);
  const steps = sorted.slice(1).map((weight, at) => weight - (sorted[at] ?? 0));
  const least = Math.min(...steps.filter((step) => step > 0)) ** 2 / 12;
  return points.map((point, place) => ({
    ...point,
    weight: 1 / Math.max(least, drawn[place]?.weight.variance ?? NaN),
  }));
}

/** 95 % intervals of the coefficients over the draws, with the weights as they are; null without a fit. */
export function resampledTerms(
  points: readonly RegressionPoint[],
  drawn: readonly DrawnContext[],
  weights: readonly number[],
  features: readonly string[],
): { low: number; high: number }[] | null {
  const weighted = weightedPoints(points, drawn, weights);
  const draws = drawn[0]?.weight.weights.length ?? 0;
  const coefficients: number[][] = [];
  for (let draw = 0; draw < draws; draw++) {
    const fit = regress(
      weighted.map((point, place) => ({ ...point, y: drawn[place]?.weight.weights[draw] ?? NaN })),
      features,
    );
    if (fit.status === 'degenerate') return null;
    fit.terms.forEach(({ coefficient }, term) => (coefficients[term] ??= []).push(coefficient));
  }
  return coefficients.map((values) => {
    const [low, high] = interval95(values);
    return { low, high };
  });
}
