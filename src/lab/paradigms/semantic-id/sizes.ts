import type { ModelConfig } from '../../../nn/transformer/config.ts';
import { modelConfigOf, type VocabularySettings } from '../../checkpoints/model-config.ts';
import type { Experiment } from '../../experiment/experiment-types.ts';
import { rowsOfText, shapeOf } from '../../planning/base-sizes.ts';

/** The vocabulary of cells of semantic ids. */
export function idVocabulary({ ids, base }: Pick<Experiment, 'ids' | 'base'>): VocabularySettings {
  const { levels, codes } = ids;
  return { levels, codes, ...(base.text !== null && rowsOfText(base.text)) };
}

/** The model that cells of semantic ids train. */
export function idModel(experiment: Experiment): ModelConfig {
  const { contexts } = experiment;
  const model = shapeOf(experiment);
  return modelConfigOf({ model, vocabulary: idVocabulary(experiment), sampling: contexts });
}
