import { cosineOf, normOf } from '../gram/angles.ts';
import { defineGramMethod } from '../gram/gram-method.ts';
import { WEIGHT } from './common-parameters.ts';
import { arcWeights } from './slerp.ts';

/** Shortest length that has a direction. */
const SHORTEST = 1e-7;
/** Opposite within what the scalar products resolve: the arc has no direction. */
const OPPOSITE = 1e-6;

/**
 * Spherical interpolation with weights, of models or (with a base) of task vectors; x is one or the
 * other, of a whole tensor, of each row (last axis) or of each column (first axis).
 *   t = w₂ / (w₁ + w₂), c = cos(x₁, x₂), φ = acos c,   x = [sin((1−t)φ) x₁ + sin(tφ) x₂] / sin φ
 * Weights that add up to 0 count as t = ½. Parallel and opposite vectors (1 + c < 1e-6) take the
 * straight line (1−t) x₁ + t x₂: mergekit gives noise for opposite ones. Vectors of zeros have
 * c = 0.
 * @numeric |y − f64| <= 1e-6 (|x₁| + |x₂|) / sin φ per element; same bits on repeat
 * @source  mergekit `nuslerp`, whose row_wise works on columns of the stored matrix
 */
export const nuslerp = defineGramMethod({
  id: 'nuslerp',
  title: 'NuSLERP',
  summary:
    'SLERP between two models or task vectors with t = w₂ / (w₁ + w₂), per tensor or vector.',
  source: 'mergekit 0.1.4 nuslerp',
  models: { min: 2, max: 2 },
  needsBase: false,
  takesBase: true,
  family: 'spherical',
  isMergekit: true,
  parameters: [
    WEIGHT,
    {
      kind: 'boolean',
      name: 'nuslerp_flatten',
      title: 'Whole tensor',
      doc: 'One arc for the whole tensor; off: one for each of its vectors.',
      default: true,
    },
    {
      kind: 'boolean',
      name: 'nuslerp_row_wise',
      title: 'Along the first axis',
      doc: 'Without "whole tensor": vectors along the first axis (columns) instead of the last (rows).',
      default: false,
    },
  ],
  rule: {
    form: (values, { hasBase }) => ({
      operands: [0, 1],
      origin: hasBase ? 'base' : null,
      unit: values.boolean('nuslerp_flatten')
        ? 'tensor'
        : values.boolean('nuslerp_row_wise')
          ? 'column'
          : 'row',
    }),
    coefficients: (gram, values) => {
      const [first = 1, second = 1] = values.perModel('weight');
      const t = Math.abs(first + second) < 1e-6 ? 0.5 : second / (first + second);
      const lengths = [normOf(gram, 0), normOf(gram, 1)];
      const [a = 1, b = 1] = lengths.map((length) => Math.max(length, SHORTEST));
      const cosine = cosineOf(gram, 0, 1, a * b);
      const isStraight = 1 + cosine < OPPOSITE || Math.sin(Math.acos(cosine)) < 1e-8;
      return {
        values: isStraight ? [1 - t, t] : arcWeights(Math.acos(cosine), t),
        reported: cosine,
      };
    },
    reported: 'cosine',
  },
});
