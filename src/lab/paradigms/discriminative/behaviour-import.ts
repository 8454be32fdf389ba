import { AppError } from '../../../core/errors.ts';
import { sizeName, type BehaviourSizes } from '../../experiment/behaviour-sizes.ts';
import type {
  BehaviourBasePlan,
  ImportedBehaviourModel,
} from '../../experiment/experiment-types.ts';
import { noBaseFiles } from '../../planning/base-sizes.ts';
import type { BaseImport } from '../contract/imported-base.ts';
import { BEHAVIOUR_BASE } from './document.ts';

/** Click models start from a pretrained folder, whose files decide the sizes. */
export const behaviourImport: BaseImport<ImportedBehaviourModel> = {
  form: BEHAVIOUR_BASE,
  isOf: ({ base }) => base.behaviour !== undefined,
  fill: (experiment, imported) => {
    const { behaviour } = experiment.base;
    if (behaviour === undefined) throw new AppError('internal', 'The base is not of files.');
    const { sizes } = imported;
    if (behaviour.sizes !== null && sizeName(behaviour.sizes) !== sizeName(sizes)) {
      throw new AppError(
        'layout-mismatch',
        `The document's model is ${sizeName(behaviour.sizes)}, that of the files ${sizeName(sizes)}.`,
        { hint: `Nothing was run. Leave the section model out, or write ${written(sizes)}.` },
      );
    }
    return {
      ...experiment,
      model: { ...experiment.model, ...sizes },
      base: { ...experiment.base, behaviour: { ...behaviour, imported } },
    };
  },
};

/** What the files of the base say. @errors data-missing */
export function importedBehaviour({ imported }: BehaviourBasePlan): ImportedBehaviourModel {
  if (imported !== null) return imported;
  throw noBaseFiles();
}

function written({ layers, width, heads }: BehaviourSizes): string {
  return `{ layers: ${String(layers)}, width: ${String(width)}, heads: ${String(heads)} }`;
}
