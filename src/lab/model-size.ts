import type { ModelConfig } from '../nn/config.ts';
import { parameterCount } from '../nn/layout.ts';
import { layoutOf } from './checkpoint-layout.ts';
import type { Experiment } from './experiment-types.ts';
import {
  languageModelConfigOf,
  modelConfigOf,
  positionsFor,
  type VocabularySettings,
} from './model-config.ts';

/** The vocabulary of cells of semantic ids. */
export function idVocabulary({ ids, base }: Pick<Experiment, 'ids' | 'base'>): VocabularySettings {
  const { levels, codes } = ids;
  return { levels, codes, ...(base.text !== null && { text: base.text.tokens }) };
}

/** The model that the cells train: of the embedding paradigm the base of its two encoders. */
export function experimentModel(experiment: Experiment): ModelConfig {
  const { model, contexts, base, paradigm } = experiment;
  if (paradigm.kind === 'semantic-id' || base.text === null) {
    return modelConfigOf({ model, vocabulary: idVocabulary(experiment), sampling: contexts });
  }
  const { tokens, textTokens } = base.text;
  const vocabulary = { levels: 0, codes: 0, text: tokens };
  const config = languageModelConfigOf({ model, vocabulary, textTokens });
  const maxPositions =
    paradigm.kind === 'title'
      ? paradigm.positions
      : positionsFor(Math.max(textTokens + 2, paradigm.inputs));
  return { ...config, maxPositions };
}

/** Trainable parameters of a cell. */
export function modelSizeOf(experiment: Experiment): number {
  const { kind } = experiment.paradigm;
  const config = experimentModel(experiment);
  return parameterCount(layoutOf({ config, ...(kind === 'embedding' && { paradigm: kind }) }));
}
