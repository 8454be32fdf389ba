import { AppError } from '../../core/errors.ts';
import type { Experiment, ImportedBaseModel } from '../experiment/experiment-types.ts';
import type { BaseForm, ImportedKind } from '../paradigms/contract/imported-base.ts';
import { paradigmOf, paradigms } from '../paradigms/paradigm-list.ts';
import { noBaseFiles } from '../planning/base-sizes.ts';

/**
 * The experiment with what the files of its base say, where it has such a base.
 * @param imported null: no files were given
 * @errors data-missing; layout-mismatch for a base of another kind or with other sizes than the
 *   document writes; limit-exceeded when rows are longer than the model's positions
 */
export function withImportedBase(
  experiment: Experiment,
  imported: ImportedBaseModel | null,
): Experiment {
  const wanted = paradigmOf(experiment).imports.find((one) => one.isOf(experiment));
  if (wanted === undefined) return experiment;
  if (imported === null) throw noBaseFiles();
  if (imported.kind !== wanted.form.kind) throw otherForm(formOf(imported.kind), wanted.form);
  return wanted.fill(experiment, imported);
}

function formOf(kind: ImportedKind): BaseForm {
  const forms = paradigms().flatMap(({ imports }) => imports.map(({ form }) => form));
  const found = forms.find((form) => form.kind === kind);
  if (found !== undefined) return found;
  throw new AppError('internal', `No paradigm starts from a base "${kind}".`);
}

function otherForm(found: BaseForm, wanted: BaseForm): AppError {
  return new AppError(
    'layout-mismatch',
    `The base is a ${found.title}; the document starts from a ${wanted.title}.`,
    { hint: `Nothing was run. Open another folder, or write ${found.written}.` },
  );
}
