import { AppError } from '../../core/errors.ts';
import type { ModelConfig } from '../../nn/transformer/config.ts';
import { behaviourTable, type BehaviourConfig } from '../../nn/behaviour-model/behaviour-layout.ts';
import { parameterCount } from '../../nn/graph/parameter-table.ts';
import { layoutOf } from '../checkpoints/checkpoint-layout.ts';
import type {
  BehaviourBasePlan,
  Experiment,
  ImportedBehaviourModel,
  ImportedModel,
  TextBasePlan,
} from '../document/experiment-types.ts';
import {
  languageModelConfigOf,
  modelConfigOf,
  positionsFor,
  type ModelShape,
  type VocabularySettings,
} from './model-config.ts';

/** The vocabulary of cells of semantic ids. */
export function idVocabulary({ ids, base }: Pick<Experiment, 'ids' | 'base'>): VocabularySettings {
  const { levels, codes } = ids;
  return { levels, codes, ...(base.text !== null && rowsOfText(base.text)) };
}

/** The vocabulary of the base language model: text alone. */
export function languageVocabulary(text: TextBasePlan): VocabularySettings {
  return { levels: 0, codes: 0, ...rowsOfText(text) };
}

function rowsOfText(text: TextBasePlan): Pick<VocabularySettings, 'text' | 'special'> {
  const imported = importedModel(text);
  if (imported === null) return { text: text.tokens };
  return { text: imported.config.vocabSize, special: imported.special };
}

/** What the files of an imported base say; null for a base made here. @errors data-missing */
export function importedModel({ source, imported }: TextBasePlan): ImportedModel | null {
  if (source === 'text' || imported !== null) return imported;
  throw noFiles();
}

/** What the files of an imported behaviour model say. @errors data-missing */
export function importedBehaviour({ imported }: BehaviourBasePlan): ImportedBehaviourModel {
  if (imported !== null) return imported;
  throw noFiles();
}

function noFiles(): AppError {
  return new AppError('data-missing', 'The base comes from a checkpoint; none is given.', {
    hint: 'Nothing was run. Choose it under Data & contexts; in a headless run, name it: --base.',
  });
}

function shapeOf({ model, base }: Experiment): ModelShape {
  return base.text === null ? model : (importedModel(base.text)?.config ?? model);
}

/** The model that the cells train: of the embedding paradigm the base of its two encoders. */
export function experimentModel(experiment: Experiment): ModelConfig {
  const { contexts, base, paradigm } = experiment;
  if (paradigm.kind === 'discriminative') {
    throw new AppError('invalid-argument', 'Click models are no language models.', {
      hint: 'Choose another paradigm for this.',
    });
  }
  const model = shapeOf(experiment);
  if (paradigm.kind === 'semantic-id' || base.text === null) {
    return modelConfigOf({ model, vocabulary: idVocabulary(experiment), sampling: contexts });
  }
  const { textTokens } = base.text;
  const vocabulary = languageVocabulary(base.text);
  const config = languageModelConfigOf({ model, vocabulary, textTokens });
  const maxPositions =
    paradigm.kind === 'title'
      ? paradigm.positions
      : positionsFor(Math.max(textTokens + 2, paradigm.inputs));
  return { ...config, maxPositions };
}

/**
 * Trainable parameters of a cell.
 * @param behaviour of click models, whose tables the data decide; null before there are any
 */
export function modelSizeOf(experiment: Experiment, behaviour: BehaviourConfig | null): number {
  const { kind } = experiment.paradigm;
  if (kind === 'discriminative') {
    return behaviour === null ? 0 : parameterCount(behaviourTable(behaviour, true).layout);
  }
  const config = experimentModel(experiment);
  return parameterCount(layoutOf({ config, ...(kind === 'embedding' && { paradigm: kind }) }));
}
