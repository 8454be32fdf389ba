import { AppError } from '../../../core/errors.ts';
import type { ModelConfig } from '../../../nn/transformer/config.ts';
import type { Experiment, ImportedModel } from '../../experiment/experiment-types.ts';
import type { BaseImport } from '../contract/imported-base.ts';
import { LANGUAGE_BASE } from './language-base-form.ts';

/**
 * Cells start from a language model of files.
 * @param model what cells train: its rows have to fit the positions of the files
 */
export function languageImport(
  model: (experiment: Experiment) => ModelConfig,
): BaseImport<ImportedModel> {
  return {
    form: LANGUAGE_BASE,
    isOf: ({ base }) => base.text?.source === 'import',
    fill: (experiment, imported) => {
      const { text } = experiment.base;
      if (text === null) throw new AppError('internal', 'The base knows no texts.');
      const filled = { ...experiment, base: { ...experiment.base, text: { ...text, imported } } };
      const needed = model(filled).maxPositions;
      const has = imported.config.maxPositions;
      if (needed <= has) return filled;
      throw new AppError(
        'limit-exceeded',
        `Rows take up to ${String(needed)} positions; the imported model has ${String(has)}.`,
        { hint: 'Nothing was run. Shorten history and texts, or take another base.' },
      );
    },
  };
}
