import { AppError } from '../../core/errors.ts';
import { ANY_MODELS, TARGET_SOURCE, type MergeContext, type MergeMethod } from '../method.ts';
import type { ParameterDef } from '../parameters.ts';
import { throughModel, throughRanges } from '../recorded/recorded-form.ts';
import { addDeltas, electDeltas } from '../sparse/combine.ts';
import { deltaWorkspace } from '../sparse/delta-workspace.ts';
import { sparsify, type Drop } from '../sparse/sparsify.ts';
import { scaleParameter, SOURCE_COEFFICIENT } from './common-parameters.ts';
import { SEED } from './sparse-parameters.ts';

function parametersOf(strategy: 'magnitude' | 'random'): ParameterDef[] {
  return [
    {
      kind: 'number',
      name: 'weight_mask_rates',
      title: 'Dropped share p',
      doc: 'Share of each task vector that is set to 0.',
      perModel: true,
      default: 0.1,
      range: [0, 1],
    },
    {
      kind: 'boolean',
      name: 'use_weight_rescale',
      title: 'Rescale',
      doc: 'Divides what stays by 1 − p.',
      default: true,
    },
    {
      kind: 'choice',
      name: 'mask_strategy',
      title: 'Drop by',
      doc: 'Whether the smallest elements of each tensor go, or elements drawn by chance.',
      default: strategy,
      choices: ['magnitude', 'random'],
    },
    {
      kind: 'choice',
      name: 'mask_apply_method',
      title: 'Then merge by',
      doc: 'What merges the masked models: their mean, MMGRid\u2019s extrapolation or its TIES.',
      default: 'ties_merging',
      choices: ['average_merging', 'task_arithmetic', 'ties_merging'],
    },
    {
      kind: 'number',
      name: 'param_value_mask_rate',
      title: 'Trimmed share',
      doc: 'TIES only: share of the smallest changes that is set to 0, over the whole model.',
      perModel: false,
      default: 0.8,
      range: [0, 1],
    },
    scaleParameter(
      'scaling_coefficient',
      'Scale s',
      1,
      'Scale of the task vector of TIES, or how far to extrapolate; the mean has none.',
    ),
    SOURCE_COEFFICIENT,
    SEED,
  ];
}

/**
 * MMGRid's mask merging: drops a share p of each task vector, then merges the masked models, given
 * as [target, source], by their mean, as θ_target + s (θ_target − θ_source) or by MMGRid's TIES.
 * By magnitude the ⌊p n⌋-th smallest of each tensor and all as small go. With p = 1 nothing stays
 * and nothing is divided.
 * @errors  invalid-argument for other than two models unless they are averaged
 * @numeric |y − f64| <= 5e-7 + 1e-6 |y| for s / (1 − p) near 1; same bits on repeat
 * @source  MMGRid `src/merging/merging_methods.py` MaskMerging
 */
export const mmgridMaskMagnitude: MergeMethod = {
  id: 'mmgrid_mask_magnitude',
  title: 'Mask merging, smallest first (MMGRid)',
  summary: 'Drops the smallest elements of each task vector, divides the rest by 1 − p and merges.',
  source: 'MMGRid merging_methods.py MaskMerging',
  models: ANY_MODELS,
  order: TARGET_SOURCE,
  needsBase: true,
  family: 'sparse',
  isGlobal: (values) => values.choice('mask_apply_method') === 'ties_merging',
  ranges: throughRanges,
  rangesOfModel: throughModel,
  parameters: parametersOf('magnitude'),
  apply: async (context) => {
    const { values, models } = context;
    const method = values.choice('mask_apply_method');
    if (method !== 'average_merging' && models.length !== 2) {
      throw new AppError(
        'invalid-argument',
        `${method} merges 2 masked models, not ${models.length}.`,
        {
          hint: 'Nothing was merged. Average them, or choose two models.',
        },
      );
    }
    const workspace = deltaWorkspace(context);
    await sparsify(workspace, dropOf(context), 'none');
    const factors = values
      .perModel('weight_mask_rates')
      .map((rate) => (values.boolean('use_weight_rescale') && rate < 1 ? 1 / (1 - rate) : 1));
    const scale = values.number('scaling_coefficient');
    if (method === 'ties_merging') {
      const rate = values.number('param_value_mask_rate');
      const share = values.number('source_coeff');
      await electDeltas(context, workspace.deltas, {
        scope: 'global',
        keep: (_, size) => size - Math.max(1, Math.floor(size * rate)) + 1,
        keepTies: true,
        weights: [1 - share, share].map((weight, k) => weight * (factors[k] ?? 1)),
        zeroSign: 'majority',
        combine: 'meanIfAll',
        lambda: scale,
      });
      return;
    }
    const plain =
      method === 'average_merging' ? models.map(() => 1 / models.length) : [1 + scale, -scale];
    const weights = plain.map((weight, k) => weight * (factors[k] ?? 1));
    await addDeltas(context, workspace.deltas, { weights, normalize: false, lambda: 1 });
  },
};

/**
 * The same with elements drawn by chance.
 * @errors  invalid-argument for other than two models unless they are averaged
 * @numeric as `mmgrid_mask_magnitude`; the same masks on every machine
 * @source  MMGRid `src/merging/merging_methods.py` MaskMerging
 */
export const mmgridMaskRandom: MergeMethod = {
  ...mmgridMaskMagnitude,
  id: 'mmgrid_mask_random',
  title: 'Mask merging, by chance (MMGRid)',
  summary: 'Drops elements of each task vector by chance, divides the rest by 1 − p and merges.',
  parameters: parametersOf('random'),
};

function dropOf({ values }: MergeContext): Drop {
  const rates = values.perModel('weight_mask_rates');
  if (values.choice('mask_strategy') === 'random') {
    return { kind: 'random', density: rates.map((rate) => 1 - rate), seed: values.number('seed') };
  }
  const keep = (model: number, size: number) => size - Math.floor((rates[model] ?? 0) * size);
  return { kind: 'band', keep, skip: () => 0, dropsTies: true };
}
