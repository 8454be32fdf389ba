import * as v from 'valibot';
import { MOMENTS, NUMBERS, STRATEGIES } from '../../../rec/behaviour/behaviour-types.ts';
import { IMPORTED_BASE } from '../../experiment/experiment-defaults.ts';
import type { ExperimentDocument } from '../../experiment/common-sections.ts';
import { name, real, told, whole } from '../../experiment/schema-parts.ts';
import { clipNormSchema, keepingOptions } from '../../experiment/training-options.ts';

/** Click models beside the transformer. */
const RANKERS = ['din'] as const;
export type Ranker = (typeof RANKERS)[number];

/** GPSD's numbers where a small model on a slow machine can bear them. */
const DISCRIMINATIVE = {
  samples: 'last',
  negatives: 1,
  minInteractions: 4,
  numbers: [],
  moments: [],
  sparse: 'items',
  attention: 'causal',
  probe: 2000,
  pretraining: { epochs: 10, learningRate: 5e-3, sequencesPerBatch: 64, negatives: 256 },
  training: { epochs: 5, learningRate: 1e-3, impressionsPerBatch: 128 },
  warmupSteps: 500,
  weightDecay: 0.1,
  clipNorm: 1,
  finalLearningRateFraction: 0.1,
} as const;

const rate = v.pipe(v.number(), v.gtValue(0, 'must be above 0'), v.maxValue(1, 'must be <= 1'));

const pretrainingSchema = v.strictObject({
  epochs: v.optional(
    told('0 trains nothing. Default of an imported base: it is taken as it is.', whole(0, 1000)),
  ),
  learningRate: v.optional(rate, DISCRIMINATIVE.pretraining.learningRate),
  sequencesPerBatch: v.optional(whole(1, 4096), DISCRIMINATIVE.pretraining.sequencesPerBatch),
  negatives: v.optional(
    told(
      'Drawn for each sequence, shared by its positions; 0: all items compete.',
      whole(0, 65536),
    ),
    DISCRIMINATIVE.pretraining.negatives,
  ),
  negativesFrom: v.optional(
    told(
      'With several domains most negatives of all items are of another one, and easy.',
      v.picklist(['all', 'domain']),
    ),
    'all',
  ),
});

const clickTrainingSchema = v.strictObject({
  epochs: v.optional(whole(1, 1000), DISCRIMINATIVE.training.epochs),
  learningRate: v.optional(rate, DISCRIMINATIVE.training.learningRate),
  impressionsPerBatch: v.optional(whole(1, 16384), DISCRIMINATIVE.training.impressionsPerBatch),
});

/** GPSD: pretraining on behaviour sequences, then click models that start from it. */
export const discriminativeSchema = v.strictObject({
  samples: v.optional(
    told(
      "Each user's last interaction, all of them, or impressions with what was not clicked.",
      v.picklist(['last', 'all', 'impressions']),
    ),
    DISCRIMINATIVE.samples,
  ),
  trainShare: v.optional(
    told(
      "Quantile of users' last times (of impressions) where the test begins, in place of " +
        'dates.',
      real(0.05, 0.95),
    ),
  ),
  negatives: v.optional(
    told('Drawn for each positive where the data have no impressions.', whole(1, 100)),
    DISCRIMINATIVE.negatives,
  ),
  draw: v.optional(
    told(
      'Another number draws other negatives: whether a result hangs on the draw.',
      whole(0, 1_000_000),
    ),
    0,
  ),
  minInteractions: v.optional(whole(2, 200), DISCRIMINATIVE.minInteractions),
  features: v.optional(
    told(
      'Side features of items that are embedded; default: all that the data have.',
      v.array(name),
    ),
  ),
  numbers: v.optional(
    told('Numbers and moments that join at the head.', v.array(v.picklist(NUMBERS))),
    [...DISCRIMINATIVE.numbers],
  ),
  moments: v.optional(v.array(v.picklist(MOMENTS)), [...DISCRIMINATIVE.moments]),
  sparse: v.optional(
    told(
      'What counts as sparse, and is transferred or frozen as such: the item table, or all ' +
        'tables.',
      v.picklist(['items', 'tables']),
    ),
    DISCRIMINATIVE.sparse,
  ),
  attention: v.optional(v.picklist(['causal', 'bidirectional']), DISCRIMINATIVE.attention),
  strategies: v.optional(
    v.pipe(v.array(v.picklist(STRATEGIES)), v.minLength(1, 'needs at least one strategy')),
    [...STRATEGIES],
  ),
  rankers: v.optional(
    told(
      'Other architectures that take over the pretrained tables; theirs alone, so NT, ST ' +
        'and ST&SF.',
      v.array(v.picklist(RANKERS)),
    ),
    [],
  ),
  pretraining: v.optional(pretrainingSchema, {}),
  training: v.optional(clickTrainingSchema, {}),
  probe: v.optional(
    told('Training impressions that are measured after every epoch.', whole(10, 1_000_000)),
    DISCRIMINATIVE.probe,
  ),
  firstEpochParts: v.optional(
    told(
      'Measurements within the first epoch, its end included: some models are best before ' + 'it.',
      whole(1, 50),
    ),
    1,
  ),
  warmupSteps: v.optional(whole(0, 10000), DISCRIMINATIVE.warmupSteps),
  weightDecay: v.optional(real(0, 1), DISCRIMINATIVE.weightDecay),
  clipNorm: v.optional(clipNormSchema, DISCRIMINATIVE.clipNorm),
  finalLearningRateFraction: v.optional(real(0, 1), DISCRIMINATIVE.finalLearningRateFraction),
  /** Of pretraining and click models alike; users and times of impressions are held out. */
  ...keepingOptions,
});

type WrittenSection = v.InferOutput<typeof discriminativeSchema>;

export interface DiscriminativeSection extends WrittenSection {
  readonly pretraining: WrittenSection['pretraining'] & { readonly epochs: number };
}

/** The section with its defaults, also for documents that leave it out. */
export function discriminativeOf({
  discriminative,
  base,
}: ExperimentDocument): DiscriminativeSection {
  const section = discriminative ?? v.parse(discriminativeSchema, {});
  const { epochs } = base.source === 'import' ? IMPORTED_BASE : DISCRIMINATIVE.pretraining;
  return {
    ...section,
    pretraining: { ...section.pretraining, epochs: section.pretraining.epochs ?? epochs },
  };
}

declare module '../../experiment/paradigm-plans.ts' {
  interface ParadigmSections {
    readonly discriminative?: WrittenSection;
  }
  interface ParadigmPlans {
    readonly discriminative: DiscriminativeSection;
  }
}
