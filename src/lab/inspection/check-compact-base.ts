import { AppError, type Fault } from '../../core/errors.ts';
import { itemPositionsFor } from '../../rec/rows/item-buckets.ts';
import type {
  CompactBasePlan,
  Experiment,
  ImportedCompactModel,
} from '../experiment/experiment-types.ts';

/**
 * Whether a model from files is one of the document's form.
 * @errors layout-mismatch with all that differs
 */
export function checkImportedForm(
  { config }: ImportedCompactModel,
  { ids, contexts }: Pick<Experiment, 'ids' | 'contexts'>,
  form: CompactBasePlan['form'],
): void {
  const faults: Fault[] = [];
  const compare = (place: string, own: unknown, other: unknown) => {
    if (own === other) return;
    faults.push({ place, message: `is ${String(own)}; that of the files ${String(other)}` });
  };
  compare('ids.levels', ids.levels, config.levels);
  compare('ids.codes', ids.codes, config.codesPerLevel);
  compare('semanticId.trieLoss', form.trieLoss, config.trieLoss);
  compare('semanticId.prefixVectors', form.prefixVectors, config.prefixVectors);
  const needed = itemPositionsFor(contexts.history);
  if (needed > config.maxPositions) {
    const message = `takes ${String(needed)} positions; the model of the files has ${String(config.maxPositions)}`;
    faults.push({ place: 'contexts.history', message });
  }
  if (faults.length === 0) return;
  const what = faults.map(({ place, message }) => `${place} ${message}`).join('; ');
  throw new AppError('layout-mismatch', `The base does not fit the document: ${what}.`, {
    ...{ hint: 'Nothing was run. Write what the files say, or open another folder.', faults },
  });
}
