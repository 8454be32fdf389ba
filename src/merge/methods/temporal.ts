import { modelTerms, type LinearForm } from '../linear-form.ts';
import { defineLinearMethod } from '../linear/linear-method.ts';
import type { NumberParameter } from '../parameters.ts';
import { scaleParameter } from './common-parameters.ts';

const TIME_ORDER = 'oldest first';
const MANY = { min: 2, max: 64 } as const;

const ALPHA: NumberParameter = {
  ...scaleParameter(
    'alpha',
    'Step α',
    0.05,
    '0 keeps the last checkpoint, −0.5 is the mean of the last two, −1 the one before, above 0 extrapolates.',
  ),
  slider: [-1, 1],
};

/**
 * Velocity over periods.   θ = θₜ + α (θₜ − θₜ₋₁)
 * Written θ_pre + δ₁ + (1 + α) δ₂ it weights the newest change: α < 0 counteracts recency bias.
 * @source MMGRid `task_arithmetic` over periods; temporal weight search −0.5 … 0.495
 */
export const velocity = defineLinearMethod({
  id: 'velocity',
  title: 'Velocity over periods',
  summary: 'θ = θₜ + α (θₜ − θₜ₋₁): extrapolates the last step in time; negative α goes back.',
  source: 'MMGRid, temporal merging',
  models: MANY,
  order: TIME_ORDER,
  needsBase: false,
  family: 'temporal',
  parameters: [ALPHA],
  linear: (values, count) => velocityForm(values.number('alpha'), count),
});

/** The same under MMGRid's own name and parameter. */
export const mmgridLinearVelocity = defineLinearMethod({
  id: 'mmgrid_linear_velocity',
  title: 'Linear velocity (MMGRid)',
  summary: 'θ = θₜ + s (θₜ − θₜ₋₁).',
  source: 'MMGRid fuser.py',
  models: MANY,
  order: TIME_ORDER,
  needsBase: false,
  family: 'temporal',
  parameters: [
    scaleParameter('scaling_coefficient', 'Step s', 0.05, 'Multiplies the last change.'),
  ],
  linear: (values, count) => velocityForm(values.number('scaling_coefficient'), count),
});

/** Mean velocity over the whole list.   θ = θₜ + s (θₜ − θ₁) / (T − 1) */
export const mmgridMovingAverageVelocity = defineLinearMethod({
  id: 'mmgrid_moving_average_velocity',
  title: 'Moving-average velocity (MMGRid)',
  summary: 'θ = θₜ + s (θₜ − θ₁) / (T − 1): the mean change over all periods.',
  source: 'MMGRid fuser.py',
  models: MANY,
  order: TIME_ORDER,
  needsBase: false,
  family: 'temporal',
  parameters: [scaleParameter('scaling_coefficient', 'Step s', 0.1, 'Multiplies the mean change.')],
  linear: (values, count) => ({
    origin: count - 1,
    terms: [{ operand: 0, coefficient: -values.number('scaling_coefficient') / (count - 1) }],
  }),
});

/** Second order.   V = θₜ − θₜ₋₁, A = V − (θₜ₋₁ − θₜ₋₂), θ = θₜ + α V + β A */
export const mmgridAcceleration = defineLinearMethod({
  id: 'mmgrid_acceleration',
  title: 'Acceleration (MMGRid)',
  summary: 'θ = θₜ + α V + β A with the last change V and its change A.',
  source: 'MMGRid fuser.py',
  models: { min: 3, max: 64 },
  order: TIME_ORDER,
  needsBase: false,
  family: 'temporal',
  parameters: [
    scaleParameter('velocity_scale', 'Velocity α', 1, 'Multiplies the last change V.'),
    scaleParameter('acceleration_scale', 'Acceleration β', 0.5, 'Multiplies the change of V.'),
  ],
  linear: (values, count) => {
    const alpha = values.number('velocity_scale');
    const beta = values.number('acceleration_scale');
    // With θₜ as origin x = θ − θₜ: V = −x₋₁ and A = −2 x₋₁ + x₋₂.
    return {
      origin: count - 1,
      terms: [
        { operand: count - 2, coefficient: -alpha - 2 * beta },
        { operand: count - 3, coefficient: beta },
      ],
    };
  },
});

/** Recency-weighted mean of task vectors.   θ = θᵦ + Σ wₖ τₖ / Σ w, wₖ = ρ^(age) */
export const mmgridExpDecay = defineLinearMethod({
  id: 'mmgrid_exp_decay',
  title: 'Exponential decay (MMGRid)',
  summary: 'θ = θᵦ + Σ wₖ (θₖ − θᵦ) / Σ w with weights ρ^age: newer checkpoints count more.',
  source: 'MMGRid fuser.py',
  models: { min: 1, max: 64 },
  order: TIME_ORDER,
  needsBase: true,
  family: 'temporal',
  parameters: [
    {
      kind: 'number',
      name: 'decay_rate',
      title: 'Decay ρ',
      doc: 'Factor a checkpoint loses with each newer one; 1 weights all alike.',
      perModel: false,
      default: 0.8,
      range: [0, 1],
    },
  ],
  linear: (values, count) => {
    const rate = values.number('decay_rate');
    const weights = Array.from({ length: count }, (_, index) => rate ** (count - 1 - index));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { origin: 'base', terms: modelTerms(weights.map((weight) => weight / sum)) };
  },
});

function velocityForm(step: number, count: number): LinearForm {
  return { origin: count - 1, terms: [{ operand: count - 2, coefficient: -step }] };
}
