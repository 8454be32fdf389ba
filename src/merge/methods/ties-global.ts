import { ANY_MODELS, type MergeMethod } from '../method.ts';
import { throughModel } from '../recorded/recorded-form.ts';
import { runTies } from '../ties/ties.ts';
import { scaleParameter } from './common-parameters.ts';

/**
 * TIES as fusion_bench has it: trimmed over all parameters at once to the ⌊nK⌋ + 1 largest (all
 * equal magnitudes stay), unweighted votes, a zero sum takes the majority sign.
 * K above 1 is a percentage. K = 1 keeps everything (fusion_bench stops with an error).
 * @source fusion_bench 0.2.33 `method/ties_merging`
 */
export const tiesGlobal: MergeMethod = {
  id: 'ties_global',
  title: 'TIES over the whole model (fusion_bench)',
  summary: 'θ = θᵦ + s · combine of the agreeing values, trimmed over all parameters at once.',
  source: 'fusion_bench 0.2.33 ties_merging',
  models: ANY_MODELS,
  needsBase: true,
  family: 'sparse',
  isGlobal: () => true,
  rangesOfModel: throughModel,
  parameters: [
    {
      kind: 'number',
      name: 'threshold',
      title: 'Kept share K',
      doc: 'Share that stays: up to 1 a fraction, above 1 a percentage.',
      perModel: false,
      default: 20,
      range: [0, 100],
    },
    {
      kind: 'choice',
      name: 'merge_func',
      title: 'Combine by',
      doc: 'How values that agree in sign become one.',
      default: 'sum',
      choices: ['sum', 'mean', 'max'],
    },
    scaleParameter('scaling_factor', 'Scale s', 0.3, 'Multiplies the merged task vector.'),
  ],
  apply: (context) => {
    const { values } = context;
    const threshold = values.number('threshold');
    const share = threshold > 1 ? threshold / 100 : threshold;
    const combine = values.choice('merge_func');
    return runTies(context, {
      keepsCuts: true,
      scope: 'global',
      keep: (_, size) => Math.floor(size * share) + 1,
      keepTies: true,
      rescale: false,
      weights: context.models.map(() => 1),
      weightedVotes: true,
      zeroSign: 'majority',
      combine: combine === 'mean' ? 'mean' : combine === 'max' ? 'max' : 'sum',
      lambda: values.number('scaling_factor'),
    });
  },
};
