import { AppError } from '../../core/errors.ts';
import type { ModelConfig } from '../../nn/transformer/config.ts';
import {
  languageModelConfigOf,
  type ModelShape,
  type VocabularySettings,
} from '../checkpoints/model-config.ts';
import type { Experiment, ImportedModel, TextBasePlan } from '../experiment/experiment-types.ts';

/** The vocabulary of the base language model: text alone. */
export function languageVocabulary(text: TextBasePlan): VocabularySettings {
  return { levels: 0, codes: 0, ...rowsOfText(text) };
}

/** Rows of text, before those that a paradigm adds. */
export function rowsOfText(text: TextBasePlan): Pick<VocabularySettings, 'text' | 'special'> {
  const imported = importedModel(text);
  if (imported === null) return { text: text.tokens };
  return { text: imported.config.vocabSize, special: imported.special };
}

/** What the files of an imported base say; null for a base made here. @errors data-missing */
export function importedModel({ source, imported }: TextBasePlan): ImportedModel | null {
  if (source === 'text' || imported !== null) return imported;
  throw noBaseFiles();
}

/** For whoever needs the files of a base before they are read. */
export function noBaseFiles(): AppError {
  return new AppError('data-missing', 'The base comes from a checkpoint; none is given.', {
    hint: 'Nothing was run. Choose it under Data & contexts; in a headless run, name it: --base.',
  });
}

/** Sizes of the document's model, or of the imported one. */
export function shapeOf({ model, base }: Experiment): ModelShape {
  return base.text === null ? model : (importedModel(base.text)?.config ?? model);
}

/** The base language model over texts, with as many positions as a paradigm's rows take. */
export function textModel(experiment: Experiment, maxPositions: number): ModelConfig {
  const { text } = experiment.base;
  if (text === null) throw new AppError('internal', 'The base knows no texts.');
  const vocabulary = languageVocabulary(text);
  const { textTokens } = text;
  const model = shapeOf(experiment);
  return { ...languageModelConfigOf({ model, vocabulary, textTokens }), maxPositions };
}
