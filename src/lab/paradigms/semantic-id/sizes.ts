import { AppError } from '../../../core/errors.ts';
import type { ModelConfig } from '../../../nn/transformer/config.ts';
import { modelConfigOf, type VocabularySettings } from '../../checkpoints/model-config.ts';
import type { Experiment } from '../../experiment/experiment-types.ts';
import { paradigmPlan } from '../../experiment/paradigm-plans.ts';
import { rowsOfText, shapeOf } from '../../planning/base-sizes.ts';

/** The vocabulary of cells of semantic ids. */
export function idVocabulary({ ids, base }: Pick<Experiment, 'ids' | 'base'>): VocabularySettings {
  const { levels, codes } = ids;
  return { levels, codes, ...(base.text !== null && rowsOfText(base.text)) };
}

/**
 * The model that cells of LC-Rec's form train.
 * @errors invalid-argument for the compact form, whose model is none of tokens
 */
export function idModel(experiment: Experiment): ModelConfig {
  if (paradigmPlan(experiment, 'semantic-id').form.kind === 'compact') {
    throw new AppError('invalid-argument', 'Compact semantic ids train no language model.', {
      hint: 'Profiles time the step of a language model: choose LC-Rec’s form (semanticId.form).',
    });
  }
  const { contexts } = experiment;
  const model = shapeOf(experiment);
  return modelConfigOf({ model, vocabulary: idVocabulary(experiment), sampling: contexts });
}
