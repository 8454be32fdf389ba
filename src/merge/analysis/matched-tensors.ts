import type { RandomStream } from '../../core/rng.ts';

/** One tensor that two models have of one base: what each of them changed. */
export interface MatchedChange {
  readonly name: string;
  readonly a: Float32Array;
  readonly b: Float32Array;
}

/** How two changes lie to each other, and how they would if their coordinates had nothing in common. */
export interface Disparity {
  readonly parameters: number;
  readonly cosine: number;
  /** Share of the coordinates whose signs differ, both not 0. */
  readonly conflict: number;
  /** Over permutations of the coordinates within every tensor. */
  readonly permuted: {
    readonly cosine: { readonly mean: number; readonly deviation: number };
    readonly conflict: { readonly mean: number; readonly deviation: number };
  };
}

/**
 * Cosine and sign conflict of two task vectors over the tensors they share, against a null in which
 * the second's values are dealt out anew within every tensor: sizes and shares of signs stay, places
 * mean nothing. So models of other paradigms can be compared whose other tensors differ.
 * @param changes at least one
 * @numeric sums in float64
 */
export function disparityOf(
  changes: readonly MatchedChange[],
  permutations: number,
  random: RandomStream,
): Disparity {
  const observed = compare(changes);
  const draws = Array.from({ length: permutations }, () =>
    compare(changes.map(({ name, a, b }) => ({ name, a, b: random.shuffle(b.slice()) }))),
  );
  return {
    ...observed,
    permuted: {
      cosine: spread(draws.map(({ cosine }) => cosine)),
      conflict: spread(draws.map(({ conflict }) => conflict)),
    },
  };
}

function compare(changes: readonly MatchedChange[]) {
  let [dot, squaresA, squaresB, conflicts, parameters] = [0, 0, 0, 0, 0];
  for (const { a, b } of changes) {
    parameters += a.length;
    for (let i = 0; i < a.length; i++) {
      const [x = 0, y = 0] = [a[i], b[i]];
      dot += x * y;
      squaresA += x * x;
      squaresB += y * y;
      if (x * y < 0) conflicts++;
    }
  }
  const norms = Math.sqrt(squaresA * squaresB);
  return {
    parameters,
    cosine: norms === 0 ? 0 : dot / norms,
    conflict: conflicts / Math.max(1, parameters),
  };
}

/** Mean and sample deviation. */
function spread(values: readonly number[]) {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: n < 2 ? 0 : Math.sqrt(squares / (n - 1)) };
}

/** A name without what a paradigm or a format puts before it: `layers.0.mlp.up_proj.weight`. */
export function bodyName(name: string): string | null {
  const at = name.indexOf('layers.');
  if (at >= 0) return name.slice(at);
  return null;
}
