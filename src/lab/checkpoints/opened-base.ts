import { AppError } from '../../core/errors.ts';
import type { ByteSource } from '../../io/byte-source.ts';
import { isBehaviourFolder } from '../../rec/checkpoints/import-behaviour.ts';
import { sizeName, type BehaviourSizes } from '../document/experiment-discriminative.ts';
import type { BehaviourBasePlan, Experiment } from '../document/experiment-types.ts';
import { importBase, type ImportedBase, type LanguageSummary } from './imported-base.ts';
import {
  importBehaviourBase,
  type BehaviourSummary,
  type ImportedBehaviour,
} from './imported-behaviour.ts';
import { experimentModel, importedBehaviour } from '../plan/model-size.ts';

/** What documents with `base: { source: import }` start from. */
export type OpenedBase = ImportedBase | ImportedBehaviour;
export type BaseSummary = LanguageSummary | BehaviourSummary;

/** Reads a base, whichever its config.json says it is. @errors as importBase, importBehaviourBase */
export async function openBase(
  files: readonly ByteSource[],
  options: Parameters<typeof importBase>[1] = {},
): Promise<OpenedBase> {
  return (await isBehaviourFolder(files))
    ? importBehaviourBase(files, options)
    : importBase(files, options);
}

/**
 * The experiment with what the files of its base say, where it has such a base.
 * @param imported null: no files were given
 * @errors data-missing; layout-mismatch for a base of another kind or with other sizes than the
 *   document writes; limit-exceeded when rows are longer than the model's positions
 */
export function withImportedBase(
  experiment: Experiment,
  imported: OpenedBase['model'] | null,
): Experiment {
  const { text, behaviour } = experiment.base;
  if (behaviour !== undefined) return withBehaviour(experiment, behaviour, imported);
  if (text?.source !== 'import') return experiment;
  if (imported?.kind === 'behaviour') {
    throw wrongKind('a behaviour model', 'a language model', 'paradigm: discriminative');
  }
  const filled = { ...experiment, base: { ...experiment.base, text: { ...text, imported } } };
  const needed = experimentModel(filled).maxPositions;
  const has = imported?.config.maxPositions ?? 0;
  if (needed <= has) return filled;
  throw new AppError(
    'limit-exceeded',
    `Rows take up to ${String(needed)} positions; the imported model has ${String(has)}.`,
    { hint: 'Nothing was run. Shorten history and texts, or take another base.' },
  );
}

function withBehaviour(
  experiment: Experiment,
  base: BehaviourBasePlan,
  imported: OpenedBase['model'] | null,
): Experiment {
  if (imported?.kind === 'language-model') {
    throw wrongKind('a language model', 'a behaviour model', 'another paradigm');
  }
  const { sizes } = importedBehaviour({ ...base, imported });
  if (base.sizes !== null && sizeName(base.sizes) !== sizeName(sizes)) {
    throw new AppError(
      'layout-mismatch',
      `The document's model is ${sizeName(base.sizes)}, that of the files ${sizeName(sizes)}.`,
      { hint: `Nothing was run. Leave the section model out, or write ${written(sizes)}.` },
    );
  }
  return {
    ...experiment,
    model: { ...experiment.model, ...sizes },
    base: { ...experiment.base, behaviour: { ...base, imported } },
  };
}

function wrongKind(found: string, needed: string, paradigm: string): AppError {
  return new AppError(
    'layout-mismatch',
    `The base is ${found}; the document starts from ${needed}.`,
    {
      hint: `Nothing was run. Open another folder, or write ${paradigm}.`,
    },
  );
}

function written({ layers, width, heads }: BehaviourSizes): string {
  return `{ layers: ${String(layers)}, width: ${String(width)}, heads: ${String(heads)} }`;
}
