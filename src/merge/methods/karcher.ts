import { combinedNorm, normOf } from '../gram/angles.ts';
import { allModels, defineGramMethod } from '../gram/gram-method.ts';
import type { GramMatrix } from '../gram/gram.ts';

/** Cosines this close to −1 have no direction from one to the other. */
const OPPOSITE = 1e-6;
/** A mean of directions shorter than this cannot be told from zero in float32 products. */
const RESOLVED = 5e-4;

/**
 * Karcher (Riemannian) mean of directions, times the mean length; a base counts as one more model.
 *   repeat: T = (1/n) Σ φₖ / sin φₖ (uₖ − cos φₖ u), u ← u cos|T| + T sin|T| / |T|, until |T| < tol
 *   θ = u · (1/K) Σ |θₖ|
 * Tensors not longer than tol have no direction (n counts the others), but count in the mean
 * length. It starts at the mean direction, or at the first model where directions cancel; a model
 * opposite to u (1 + cos < 1e-6) does not pull, where mergekit gives noise.
 * @numeric |y − f64| <= 2e-6 Σ|θₖ| per element for models within a half sphere; same bits on repeat
 * @source  Karcher 1977; mergekit `karcher`
 */
export const karcher = defineGramMethod({
  id: 'karcher',
  title: 'Karcher mean',
  summary: 'The point u on the sphere with Σ logᵤ(θₖ/|θₖ|) = 0, times the mean length.',
  source: 'Karcher 1977; mergekit 0.1.4 karcher',
  models: { min: 1, max: 63 },
  needsBase: false,
  takesBase: true,
  family: 'spherical',
  isMergekit: true,
  parameters: [
    {
      kind: 'number',
      name: 'max_iter',
      title: 'Most iterations',
      doc: 'Steps on the sphere at most.',
      perModel: false,
      default: 10,
      range: [0, 1000],
      slider: [1, 50],
      isInteger: true,
    },
    {
      kind: 'number',
      name: 'tol',
      title: 'Tolerance',
      doc: 'Stops when a step is shorter than this.',
      perModel: false,
      default: 1e-5,
      range: [1e-12, 1],
      slider: [1e-8, 1e-3],
    },
  ],
  rule: {
    form: (_, operands) => ({
      operands: [...allModels(operands), ...(operands.hasBase ? (['base'] as const) : [])],
      origin: null,
      unit: 'tensor',
    }),
    coefficients: (gram, values) => {
      const { mean, steps } = karcherMean(gram, values.number('max_iter'), values.number('tol'));
      return { values: mean, reported: steps };
    },
    reported: 'iterations',
  },
});

/** Coefficients of the mean over the operands, and the steps taken. All in the Gram metric. */
function karcherMean(gram: GramMatrix, maxIterations: number, tolerance: number) {
  const all = Array.from({ length: gram.size }, (_, k) => k);
  const lengths = all.map((k) => normOf(gram, k));
  const used = all.filter((k) => (lengths[k] ?? 0) > tolerance);
  const length = lengths.reduce((sum, value) => sum + value, 0) / gram.size;
  const direction = all.map((k) => (used.includes(k) ? 1 / (lengths[k] ?? 1) : 0));
  if (used.length === 0) return { mean: direction, steps: 0 };
  let u = scaled(direction, 1 / used.length);
  const resultant = combinedNorm(gram, u);
  u =
    resultant < Math.max(tolerance, RESOLVED)
      ? all.map((k) => (k === used[0] ? (direction[k] ?? 0) : 0))
      : scaled(u, 1 / resultant);
  let steps = 0;
  for (; steps < maxIterations; steps++) {
    const tangent = tangentAt(gram, u, used, direction, tolerance);
    const size = combinedNorm(gram, tangent);
    if (size < tolerance) break;
    const [along, across] = [Math.cos(size), Math.sin(size) / size];
    u = u.map((value, k) => along * value + across * (tangent[k] ?? 0));
    u = scaled(u, 1 / combinedNorm(gram, u));
  }
  return { mean: scaled(u, length), steps };
}

/** The mean of logᵤ over the used operands, as coefficients. */
function tangentAt(
  gram: GramMatrix,
  u: readonly number[],
  used: readonly number[],
  direction: readonly number[],
  tolerance: number,
): number[] {
  const tangent = u.map(() => 0);
  for (const k of used) {
    const own = direction[k] ?? 0;
    const product = u.reduce((sum, value, j) => sum + value * own * gram.at(j, k), 0);
    const cosine = Math.min(1, Math.max(-1, product));
    const angle = Math.acos(cosine);
    if (angle < tolerance || 1 + cosine < OPPOSITE) continue;
    const pull = angle / Math.sin(angle) / used.length;
    u.forEach((value, j) => {
      tangent[j] = (tangent[j] ?? 0) + pull * ((j === k ? own : 0) - cosine * value);
    });
  }
  return tangent;
}

function scaled(values: readonly number[], factor: number): number[] {
  return values.map((value) => value * factor);
}
