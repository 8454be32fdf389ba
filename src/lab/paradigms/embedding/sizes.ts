import type { AdapterProfile } from '../../../compute/executor.ts';
import { POSITION_STEP } from '../../../nn/embedding-model/embedding-batch.ts';
import type { EncoderConfig } from '../../../nn/embedding-model/embedding-layout.ts';
import { embeddingModel } from '../../../nn/embedding-model/embedding-model.ts';
import { estimateTraining, type MemoryEstimate } from '../../../nn/training/memory-estimate.ts';
import type { Experiment } from '../../experiment/experiment-types.ts';
import { paradigmPlan } from '../../experiment/paradigm-plans.ts';
import { textModel } from '../../planning/base-sizes.ts';
import type { DataFacts } from '../contract/paradigm.ts';
import { needOf } from '../language/language-need.ts';
import { encoderPositions } from './plan.ts';

/** Items of a catalogue that nobody has seen yet. */
const UNKNOWN_ITEMS = 4096;

/** The base of the two encoders that cells train, and the vectors of the items. */
export function encoderModel(
  experiment: Experiment,
  { items = UNKNOWN_ITEMS }: Pick<DataFacts, 'items'> = {},
): EncoderConfig {
  const { inputs, itemVectors } = paradigmPlan(experiment, 'embedding');
  const textTokens = experiment.base.text?.textTokens ?? 0;
  const config = textModel(experiment, encoderPositions(textTokens, inputs));
  return { ...config, ...(itemVectors === 'added' && { itemVectors: items }) };
}

/** A batch with as many different items as it can have. */
export function embeddingNeed(
  experiment: Experiment,
  profile: AdapterProfile,
  facts: Pick<DataFacts, 'items'> = {},
): Promise<MemoryEstimate> {
  const { base, training } = experiment;
  const { sequencesPerBatch, inputs, negatives, inBatch } = paradigmPlan(experiment, 'embedding');
  const rows = sequencesPerBatch * (inputs + 1);
  const positions = Math.ceil((sequencesPerBatch * inputs) / POSITION_STEP) * POSITION_STEP;
  const samples = negatives + (inBatch ? positions : 0);
  const items = rows + samples;
  const shape = {
    tokens: items * ((base.text?.textTokens ?? 0) + 1),
    items,
    positions,
    samples,
  };
  return estimateTraining(profile, embeddingModel(encoderModel(experiment, facts)), {
    ...needOf(training),
    shapes: [shape],
    microBatches: 1,
  });
}
