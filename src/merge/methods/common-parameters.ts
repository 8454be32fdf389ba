import type { NumberParameter } from '../parameters.ts';

/** One weight a model; negative weights take away what a model learned. */
export const WEIGHT: NumberParameter = {
  kind: 'number',
  name: 'weight',
  title: 'Weight',
  doc: 'How much each model counts; negative weights subtract what it learned.',
  perModel: true,
  default: 1,
  range: [-100, 100],
  slider: [0, 1],
};

/** Scale of the merged task vector. */
export const LAMBDA: NumberParameter = {
  kind: 'number',
  name: 'lambda',
  title: 'Scale λ',
  doc: 'Multiplies the merged task vector before it is added to the base; 0 gives the base.',
  perModel: false,
  default: 1,
  range: [-100, 100],
  slider: [0, 2],
};

/** A scale under the name that MMGRid and fusion_bench use. */
export function scaleParameter(
  name: string,
  title: string,
  initial: number,
  doc: string,
): NumberParameter {
  return {
    kind: 'number',
    name,
    title,
    doc,
    perModel: false,
    default: initial,
    range: [-100, 100],
    slider: [-1, 2],
  };
}

/** Share of the second model in a two-model form. */
export const SOURCE_COEFFICIENT: NumberParameter = {
  kind: 'number',
  name: 'source_coeff',
  title: 'Source share c',
  doc: 'Share of the last model (the one of the evaluated domain); the first gets 1 − c.',
  perModel: false,
  default: 0.5,
  range: [0, 1],
};
