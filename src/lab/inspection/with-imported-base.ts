import { AppError } from '../../core/errors.ts';
import type { OpenedBase } from '../checkpoints/opened-base.ts';
import { sizeName, type BehaviourSizes } from '../experiment/behaviour-sizes.ts';
import type {
  BehaviourBasePlan,
  CompactBasePlan,
  Experiment,
} from '../experiment/experiment-types.ts';
import { paradigmOf } from '../paradigms/paradigm-list.ts';
import { checkImportedForm } from './check-compact-base.ts';
import { importedBehaviour, importedCompact } from '../planning/base-sizes.ts';

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
  const { text, behaviour, compact } = experiment.base;
  if (compact !== undefined) return withCompact(experiment, compact, imported);
  if (behaviour !== undefined) return withBehaviour(experiment, behaviour, imported);
  if (text?.source !== 'import') return experiment;
  if (imported !== null && imported.kind !== 'language-model') {
    const [found, instead] = OTHERS[imported.kind];
    throw wrongKind(found, 'a language model', instead);
  }
  const filled = { ...experiment, base: { ...experiment.base, text: { ...text, imported } } };
  const needed = paradigmOf(experiment).model(filled).maxPositions;
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
  if (imported !== null && imported.kind !== 'behaviour') {
    const [found, instead] = OTHERS[imported.kind];
    throw wrongKind(found, 'a behaviour model', instead);
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

function withCompact(
  experiment: Experiment,
  base: CompactBasePlan,
  imported: OpenedBase['model'] | null,
): Experiment {
  if (imported !== null && imported.kind !== 'compact') {
    const [found, instead] = OTHERS[imported.kind];
    throw wrongKind(found, 'a model of compact ids', instead);
  }
  const filled = { ...experiment, base: { ...experiment.base, compact: { ...base, imported } } };
  const model = importedCompact(filled.base);
  if (model === null) return filled;
  checkImportedForm(model, experiment, base.form);
  const { layers, width, heads, kvHeads, headWidth, feedForward } = model.config;
  const sizes = { layers, width, heads, kvHeads, headWidth, feedForward };
  return { ...filled, model: { ...experiment.model, ...sizes } };
}

/** What a base of another kind is, and the document that would start from it. */
const OTHERS = {
  'language-model': ['a language model', 'a paradigm of language models'],
  behaviour: ['a behaviour model', 'paradigm: discriminative'],
  compact: ['a model of compact ids', 'semanticId: { form: compact }'],
} as const;

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
