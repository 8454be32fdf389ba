import { defineLinearMethod } from '../linear/linear-method.ts';

/**
 * One model, multiplied by a number.   θ = s θ₁
 * @numeric exact product; s < 0 turns +0 into −0
 * @source  mergekit `passthrough`
 */
export const passthrough = defineLinearMethod({
  id: 'passthrough',
  title: 'Pass through',
  summary: 'θ = s θ₁: one model, scaled.',
  source: 'mergekit 0.1.4 passthrough',
  models: { min: 1, max: 1 },
  needsBase: false,
  family: 'average',
  isMergekit: true,
  parameters: [
    {
      kind: 'number',
      name: 'scale',
      title: 'Scale s',
      doc: 'Multiplies every parameter of the model.',
      perModel: true,
      default: 1,
      range: [-100, 100],
      slider: [-1, 2],
    },
  ],
  linear: (values) => ({
    origin: null,
    terms: values.perModel('scale').map((coefficient, operand) => ({ operand, coefficient })),
  }),
});
