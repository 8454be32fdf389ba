import { TARGET_SOURCE } from '../method.ts';
import type { MergeMethod } from '../method.ts';
import { throughModel } from '../recorded/recorded-form.ts';
import { runTies } from '../ties/ties.ts';
import { scaleParameter, SOURCE_COEFFICIENT } from './common-parameters.ts';

/**
 * TIES as MMGRid has it, models = [target, source]: the ⌊rate·P⌋-th smallest magnitude of the whole
 * model is the threshold (it and its equals stay), values are weighted by [1 − c, c], summed where
 * they agree and halved where both survive. c = 0.5, s = 1 is plain TIES with λ = 0.5.
 * A rate of 0 keeps everything (MMGRid stops with an error).
 * @source MMGRid `src/merging/merging_methods.py` TiesMerging
 */
export const mmgridTies: MergeMethod = {
  id: 'mmgrid_ties',
  title: 'TIES (MMGRid)',
  summary: 'θ = θᵦ + s · the agreeing parts of (1 − c) τ_target and c τ_source.',
  source: 'MMGRid merging_methods.py TiesMerging',
  models: { min: 2, max: 2 },
  order: TARGET_SOURCE,
  needsBase: true,
  family: 'sparse',
  isGlobal: () => true,
  rangesOfModel: throughModel,
  parameters: [
    {
      kind: 'number',
      name: 'param_value_mask_rate',
      title: 'Trimmed share',
      doc: 'Share of the smallest changes that is set to 0, over the whole model.',
      perModel: false,
      default: 0.8,
      range: [0, 1],
    },
    SOURCE_COEFFICIENT,
    scaleParameter('scaling_coefficient', 'Scale s', 1, 'Multiplies the merged task vector.'),
  ],
  apply: (context) => {
    const { values } = context;
    const rate = values.number('param_value_mask_rate');
    const share = values.number('source_coeff');
    return runTies(context, {
      keepsCuts: true,
      scope: 'global',
      keep: (_, size) => size - Math.max(1, Math.floor(size * rate)) + 1,
      keepTies: true,
      rescale: false,
      weights: [1 - share, share],
      weightedVotes: true,
      zeroSign: 'majority',
      combine: 'meanIfAll',
      lambda: values.number('scaling_coefficient'),
    });
  },
};
