import { AppError, type Fault } from '../../../../core/errors.ts';
import { itemPositionsFor } from '../../../../rec/rows/item-buckets.ts';
import type {
  BasePlan,
  CompactBasePlan,
  Experiment,
  ImportedCompactModel,
} from '../../../experiment/experiment-types.ts';
import { noBaseFiles } from '../../../planning/base-sizes.ts';
import type { BaseImport } from '../../contract/imported-base.ts';
import { COMPACT_BASE } from '../form.ts';

/** Cells of the compact form start from an exported base: its files decide the sizes. */
export const compactImport: BaseImport<ImportedCompactModel> = {
  form: COMPACT_BASE,
  isOf: ({ base }) => base.compact !== undefined,
  fill: (experiment, imported) => {
    const { compact } = experiment.base;
    if (compact === undefined) throw new AppError('internal', 'The base is not of files.');
    checkForm(imported, experiment, compact.form);
    const { layers, width, heads, kvHeads, headWidth, feedForward } = imported.config;
    const sizes = { layers, width, heads, kvHeads, headWidth, feedForward };
    return {
      ...experiment,
      model: { ...experiment.model, ...sizes },
      base: { ...experiment.base, compact: { ...compact, imported } },
    };
  },
};

/** What the files of the base say; null for a base made here. @errors data-missing */
export function importedCompact({
  compact,
}: Pick<BasePlan, 'compact'>): ImportedCompactModel | null {
  if (compact === undefined || compact.imported !== null) return compact?.imported ?? null;
  throw noBaseFiles();
}

/**
 * Whether a model from files is one of the document's form.
 * @errors layout-mismatch with all that differs
 */
function checkForm(
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
