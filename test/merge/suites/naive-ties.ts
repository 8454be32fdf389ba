import type { ParameterLayout } from '../../../src/core/layout.ts';

export interface NaiveTies {
  readonly weights: readonly number[];
  readonly densities: readonly number[];
  readonly lambda: number;
  /** Mean and sum are weighted; meanIfAll divides by the models where all of them agree. */
  readonly combine: 'mean' | 'sum' | 'max' | 'meanIfAll';
  readonly rescale: boolean;
  readonly scope: 'tensor' | 'global';
  readonly majority: boolean;
  readonly weighted: boolean;
}

/** TIES by sorting, in float64, one parameter at a time: the definition, not the algorithm. */
export function naiveTies(
  layout: ParameterLayout,
  base: Float32Array,
  models: readonly Float32Array[],
  options: NaiveTies,
): Float64Array {
  const all = layout.entries.map(({ offset, size }) => range(offset, offset + size));
  const segments = options.scope === 'global' ? [all.flat()] : all;
  const trimmed = models.map((model, k) => {
    const delta = Float64Array.from(model, (value, i) => value - (base[i] ?? 0));
    const kept = new Float64Array(delta.length);
    for (const indices of segments) {
      const size = (i: number) => Math.abs(delta[i] ?? 0);
      const order = [...indices].sort((a, b) => size(b) - size(a) || a - b);
      const winners = order.slice(0, Math.floor((options.densities[k] ?? 1) * indices.length));
      const before = indices.reduce((sum, i) => sum + size(i), 0);
      const after = winners.reduce((sum, i) => sum + size(i), 0);
      const scale = options.rescale && after > 0 && before >= 1e-8 ? before / after : 1;
      for (const i of winners) kept[i] = (delta[i] ?? 0) * scale;
    }
    return kept;
  });
  const vote = (k: number, i: number) =>
    (options.weighted ? (options.weights[k] ?? 0) : 1) * (trimmed[k]?.[i] ?? 0);
  const votes = Float64Array.from(base, (_, i) =>
    models.reduce((sum, _model, k) => sum + vote(k, i), 0),
  );
  const majority = Math.sign(votes.reduce((sum, value) => sum + Math.sign(value), 0));
  return Float64Array.from(base, (origin, i) => {
    const sign = Math.sign(votes[i] ?? 0) || (options.majority ? majority : 1);
    const agreeing = models
      .map((_, k) => ({ weight: options.weights[k] ?? 0, value: trimmed[k]?.[i] ?? 0, k }))
      .filter(({ k }) => vote(k, i) * sign > 0);
    const sum = agreeing.reduce((total, { weight, value }) => total + weight * value, 0);
    const divisor = agreeing.reduce((total, { weight }) => total + weight, 0);
    const largest = Math.max(0, ...agreeing.map(({ weight, value }) => Math.abs(weight * value)));
    const merged = {
      sum,
      mean: sum / (divisor === 0 ? 1 : divisor),
      max: sign * largest,
      meanIfAll: agreeing.length === models.length ? sum / models.length : sum,
    };
    return origin + options.lambda * merged[options.combine];
  });
}

function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, index) => start + index);
}
