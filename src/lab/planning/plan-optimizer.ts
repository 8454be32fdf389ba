import type { Experiment, StagePass } from '../experiment/experiment-types.ts';
import type { AverageOption, ValidationOption } from '../experiment/training-options.ts';
import { period } from '../experiment/titles.ts';
import type { KeepingSettings, OptimizerSettings } from '../job/job-settings.ts';

/**
 * Settings of one training run as they enter its job.
 * @param hasBefore whether a stage lies before it, which its result can be averaged with
 */
export function optimizerOf(
  experiment: Experiment,
  { epochs, learningRate }: Pick<StagePass, 'epochs' | 'learningRate'>,
  hasBefore = false,
): OptimizerSettings {
  const { training } = experiment;
  const { tokensPerBatch, warmupSteps, weightDecay, clipNorm, finalLearningRateFraction } =
    training;
  const { accumulationSteps, recompute, dropout, sequencesPerBatch } = training;
  const isDropping = Object.values(dropout ?? {}).some((rate) => rate > 0);
  return {
    tokensPerBatch,
    warmupSteps,
    weightDecay,
    clipNorm,
    finalLearningRateFraction,
    epochs,
    learningRate,
    ...(accumulationSteps > 1 ? { accumulationSteps } : {}),
    ...(recompute ? { recompute } : {}),
    ...(dropout !== undefined && isDropping ? { dropout } : {}),
    ...(sequencesPerBatch === undefined ? {} : { sequencesPerBatch }),
    ...keepingSettings(training, experiment, hasBefore),
  };
}

/** What a document says of keeping, where it says something that is no default. */
export function keepingSettings(
  {
    schedule,
    decay,
    validation,
    average,
  }: {
    readonly schedule?: KeepingSettings['schedule'] | undefined;
    readonly decay?: KeepingSettings['decay'] | undefined;
    readonly validation?: ValidationOption | undefined;
    readonly average?: AverageOption | undefined;
  },
  { contexts }: Pick<Experiment, 'contexts'>,
  hasBefore: boolean,
): KeepingSettings {
  const before = hasBefore ? (average?.before ?? 0) : 0;
  const epochs = average?.epochs ?? 1;
  const window = contexts.validation;
  return {
    ...(schedule === undefined ? {} : { schedule }),
    ...(decay === undefined ? {} : { decay }),
    ...(validation === undefined
      ? {}
      : {
          validation: {
            by: validation.by,
            share: validation.share,
            patience: validation.patience,
            ...(validation.metric === 'ndcg' && { metric: validation.metric }),
            ...(validation.by === 'window' && window !== null && { window: period(window) }),
          },
        }),
    ...(before > 0 || epochs > 1 ? { average: { epochs, before } } : {}),
  };
}
