import { cosineOf, normOf } from '../gram/angles.ts';
import { defineGramMethod } from '../gram/gram-method.ts';
import type { Coefficients } from '../gram/gram-rule.ts';
import type { GramMatrix } from '../gram/gram.ts';
import type { NumberParameter } from '../parameters.ts';

/** Above this |cos| the straight line stands for the arc. */
const STRAIGHT = 0.9995;
const NO_DIRECTION = 1e-8;

const T: NumberParameter = {
  kind: 'number',
  name: 't',
  title: 'Position t',
  doc: 'Where on the arc: 0 is the first end, 1 the second; beyond them it goes on.',
  perModel: false,
  default: 0.5,
  range: [-10, 10],
  slider: [0, 1],
};

/** Weights of the ends of an arc with the angle θ, sin θ ≠ 0. */
export function arcWeights(angle: number, t: number): [number, number] {
  const sine = Math.sin(angle);
  return [Math.sin((1 - t) * angle) / sine, Math.sin(t * angle) / sine];
}

function slerpWeights(gram: GramMatrix, t: number): Coefficients {
  const lengths = [normOf(gram, 0), normOf(gram, 1)];
  const [a = 1, b = 1] = lengths.map((length) => (length > NO_DIRECTION ? length : 1));
  const cosine = cosineOf(gram, 0, 1, a * b);
  const isStraight = Math.abs(cosine) > STRAIGHT;
  const values = isStraight ? [1 - t, t] : arcWeights(Math.acos(cosine), t);
  return { values, reported: cosine };
}

/**
 * Spherical interpolation of whole tensors.
 *   c = cos(θᵦ, θ₁), φ = acos c,   θ = [sin((1−t)φ) θᵦ + sin(tφ) θ₁] / sin φ
 * The base is the end at t = 0. |c| > 0.9995 (nearly parallel or opposite) takes the straight line
 * (1−t) θᵦ + t θ₁; a tensor of zeros counts as c = 0.
 * @numeric |y − f64| <= 1e-6 (|θᵦ| + |θ₁|) per element, except within 2e-6 of |c| = 0.9995, where
 *          line and arc differ by 1e-4 of it; same bits on repeat
 * @source  Shoemake 1985; mergekit `slerp`
 */
export const slerp = defineGramMethod({
  id: 'slerp',
  title: 'SLERP',
  summary: 'Moves from base to model along the arc: [sin((1−t)φ) θᵦ + sin(tφ) θ₁] / sin φ.',
  source: 'Shoemake 1985; mergekit 0.1.4 slerp',
  models: { min: 1, max: 1 },
  needsBase: true,
  family: 'spherical',
  isMergekit: true,
  parameters: [T],
  rule: {
    form: () => ({ operands: ['base', 0], origin: null, unit: 'tensor' }),
    coefficients: (gram, values) => slerpWeights(gram, values.number('t')),
    reported: 'cosine',
  },
});

/**
 * The same between two models, under fusion_bench's name.
 * @numeric as `slerp`
 * @source  fusion_bench 0.2.33 `slerp`
 */
export const slerpFb = defineGramMethod({
  id: 'slerp_fb',
  title: 'SLERP (fusion_bench)',
  summary: 'Moves from the first to the second model: [sin((1−t)φ) θ₁ + sin(tφ) θ₂] / sin φ.',
  source: 'fusion_bench 0.2.33 slerp',
  models: { min: 2, max: 2 },
  order: 'end at t = 0, end at t = 1',
  needsBase: false,
  family: 'spherical',
  parameters: [T],
  rule: {
    form: () => ({ operands: [0, 1], origin: null, unit: 'tensor' }),
    coefficients: (gram, values) => slerpWeights(gram, values.number('t')),
    reported: 'cosine',
  },
});
