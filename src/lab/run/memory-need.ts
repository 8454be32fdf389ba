import type { AdapterProfile } from '../../compute/executor.ts';
import { formatBytes } from '../../compute/limits.ts';
import { POSITION_STEP } from '../../nn/embedding-model/embedding-batch.ts';
import type { BehaviourConfig } from '../../nn/behaviour-model/behaviour-layout.ts';
import { clickModel } from '../../nn/behaviour-model/click-model.ts';
import { nextItemModel } from '../../nn/behaviour-model/next-item-model.ts';
import { embeddingModel } from '../../nn/embedding-model/embedding-model.ts';
import { languageModel } from '../../nn/transformer/language-model.ts';
import { estimateTraining, type MemoryEstimate } from '../../nn/training/memory-estimate.ts';
import { estimateSampling, type SamplingEstimate } from '../../nn/decoding/sampling-estimate.ts';
import { DEFAULT_BUCKETS } from '../../rec/rows/batches.ts';
import { promptLengths } from '../../rec/rows/prompt-batches.ts';
import { SPECIAL_TOKENS } from '../../rec/semantic-ids/vocabulary.ts';
import type { Experiment } from '../experiment/experiment-types.ts';
import { behaviourConfig } from '../paradigms/discriminative/behaviour-source.ts';
import { experimentModel } from '../plan/model-size.ts';
import type { DiscriminativePlan } from '../paradigms/discriminative/plan.ts';

/** Training and evaluation take turns: what they take does not add up. */
export interface MemoryNeed {
  readonly training: MemoryEstimate;
  /** null where nothing is sampled. */
  readonly titles: SamplingEstimate | null;
}

/**
 * What the experiment takes on an adapter, at most: all lengths that its histories may have are
 * planned for, whichever the data turn out to need.
 * @param behaviour of click models, whose tables the data decide; null before there are any
 * @errors limit-exceeded naming need and limit
 */
export async function memoryNeedOf(
  experiment: Experiment,
  profile: AdapterProfile,
  behaviour: BehaviourConfig | null = null,
): Promise<MemoryNeed> {
  return {
    training: await trainingNeed(experiment, profile, behaviour),
    titles: await samplingNeed(experiment, profile),
  };
}

async function samplingNeed(
  experiment: Experiment,
  profile: AdapterProfile,
): Promise<SamplingEstimate | null> {
  const { paradigm, evaluation } = experiment;
  if (paradigm.kind !== 'title') return null;
  const { positions, titleTokens, samples, maxTokens, temperature } = paradigm;
  const config = { ...experimentModel(experiment), maxPositions: positions + maxTokens };
  const room = { answer: maxTokens - 1, maxPositions: config.maxPositions };
  const sizes = promptLengths(positions - titleTokens - 1, room).map((length) => ({
    ...{ users: evaluation.batchUsers, length, samples, maxTokens, temperature },
    stopToken: SPECIAL_TOKENS.eos,
  }));
  return estimateSampling(profile, config, sizes);
}

function trainingNeed(
  experiment: Experiment,
  profile: AdapterProfile,
  behaviour: BehaviourConfig | null,
): Promise<MemoryEstimate> {
  if (experiment.paradigm.kind === 'discriminative') {
    return clickNeed(experiment.paradigm, profile, behaviour ?? smallest(experiment));
  }
  const config = experimentModel(experiment);
  const { base, paradigm, training } = experiment;
  const { tokensPerBatch, accumulationSteps, recompute } = training;
  if (paradigm.kind === 'embedding') {
    const { sequencesPerBatch, inputs, negatives } = paradigm;
    const rows = sequencesPerBatch * (inputs + 1);
    const items = rows + negatives;
    const shape = {
      tokens: items * ((base.text?.textTokens ?? 0) + 1),
      items,
      positions: Math.ceil((sequencesPerBatch * inputs) / POSITION_STEP) * POSITION_STEP,
      samples: negatives,
    };
    return estimateTraining(profile, embeddingModel(config), {
      shapes: [shape],
      microBatches: 1,
      recompute,
    });
  }
  const shapes = DEFAULT_BUCKETS.filter((T) => T <= config.maxPositions && T <= tokensPerBatch).map(
    (T) => ({ B: Math.floor(tokensPerBatch / T), T }),
  );
  return estimateTraining(profile, languageModel(config), {
    shapes,
    microBatches: accumulationSteps,
    recompute,
  });
}

/**
 * "Training needs up to 12.6 MB of memory (largest buffer 4 MB; the adapter allows 1 GB a buffer).
 * Sampling titles needs up to 20 MB."
 */
export function describeNeed({ training, titles }: MemoryNeed, { kind }: AdapterProfile): string {
  const { total, largestBuffer, limit, microBatches } = training;
  const allowed =
    limit === null
      ? ''
      : kind === 'cpu'
        ? `; the CPU executor allows ${formatBytes(limit)}`
        : `; the adapter allows ${formatBytes(limit)} a buffer`;
  const split = microBatches > 1 ? ` A batch is trained in ${microBatches} parts.` : '';
  const largest = `largest buffer ${formatBytes(largestBuffer)}${allowed}`;
  const sampling =
    titles === null ? '' : ` Sampling titles needs up to ${formatBytes(titles.total)}.`;
  return `Training needs up to ${formatBytes(total)} of memory (${largest}).${split}${sampling}`;
}

/** Before the data are known: the model with empty tables. */
function smallest({ model, contexts, paradigm }: Experiment): BehaviourConfig {
  const head = paradigm.kind === 'discriminative' ? paradigm : null;
  return behaviourConfig(model, { items: ['', ''], features: [] }, contexts.history, head);
}

/** The larger of both stages, with rows of the whole history. */
async function clickNeed(
  { pretraining, training }: DiscriminativePlan,
  profile: AdapterProfile,
  config: BehaviourConfig,
): Promise<MemoryEstimate> {
  const T = config.maxPositions;
  const { sequencesPerBatch, negatives: samples } = pretraining;
  const stages = [
    await estimateTraining(profile, nextItemModel({ ...config, attention: 'causal' }), {
      shapes: [{ B: sequencesPerBatch, T, samples }],
    }),
    await estimateTraining(profile, clickModel(config), {
      shapes: [{ B: training.impressionsPerBatch, T }],
    }),
  ];
  return stages.reduce((most, one) => (one.total > most.total ? one : most));
}
