import type { ModelConfig } from '../nn/config.ts';
import { parameterCount, parameterLayout } from '../nn/layout.ts';
import type { Experiment } from './experiment-types.ts';
import { modelConfigOf, type VocabularySettings } from './model-config.ts';

/** The vocabulary of the cells. */
export function idVocabulary({ ids, base }: Pick<Experiment, 'ids' | 'base'>): VocabularySettings {
  const { levels, codes } = ids;
  return { levels, codes, ...(base.text !== null && { text: base.text.tokens }) };
}

/** The model that the experiment trains. */
export function experimentModel({ model, ids, contexts, base }: Experiment): ModelConfig {
  return modelConfigOf({ model, vocabulary: idVocabulary({ ids, base }), sampling: contexts });
}

/** Trainable parameters of the experiment's model. */
export function modelSizeOf(experiment: Experiment): number {
  return parameterCount(parameterLayout(experimentModel(experiment)));
}
