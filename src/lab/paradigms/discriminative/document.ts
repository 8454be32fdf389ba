import * as v from 'valibot';
import type { ExperimentDocument } from '../../experiment/common-sections.ts';
import type { BasePlan } from '../../experiment/experiment-types.ts';
import { basePass } from '../../experiment/language-base.ts';
import type { BaseForm } from '../contract/imported-base.ts';
import type { ParadigmDocument } from '../contract/paradigm-document.ts';
import { checkDiscriminative, clickAnalysisFaults, clickMergeFault } from './checks.ts';
import { clickCellStart, clickColumns, draftClickColumns } from './columns.ts';
import { discriminativeOf, discriminativeSchema } from './section.ts';

/** A pretrained model, or a cell of click models without its head. */
export const BEHAVIOUR_BASE: BaseForm<'behaviour'> = {
  kind: 'behaviour',
  title: 'behaviour model',
  help: 'The folder of an exported checkpoint of click models. Items are found by domain and id; its files decide the sizes.',
  files: 'config.json, vocabulary.json, model.safetensors',
  isOfHub: false,
  written: 'paradigm: discriminative',
};

/** GPSD: pretraining on behaviour sequences, then click models that start from it. */
export const discriminativeDocument: ParadigmDocument<'discriminative'> = {
  kind: 'discriminative',
  labels: {
    columns: 'click models',
    base: 'pretrained model',
    run: (merges) =>
      `Pretrains on behaviour sequences, trains a click model by each transfer strategy, then merges (${String(merges)}) and evaluates on impressions of the test window`,
    scored: 'position or impression',
    metric: { metric: 'auc', k: 0 },
    trainedBase: {
      title: 'a behaviour model, pretrained here',
      help: 'One transformer learns to predict the next item on the sequences of all domains together.',
    },
  },
  sections: { discriminative: v.optional(discriminativeSchema) },
  check: checkDiscriminative,
  plan: (document) => ({ kind: 'discriminative', ...discriminativeOf(document) }),
  starts: () => ['sequences', 'import'],
  importedBase: () => BEHAVIOUR_BASE,
  omitsTrainedBase: true,
  base: behaviourBase,
  columns: (document) => clickColumns(document).map(({ name }) => name),
  draftColumns: draftClickColumns,
  cellStart: clickCellStart,
  mergeFault: clickMergeFault,
  analysisFaults: clickAnalysisFaults,
};

/** Pretrained here, or from files. */
function behaviourBase(document: ExperimentDocument): BasePlan {
  const { base, model } = document;
  const pass = basePass(document);
  if (base.source === 'sequences') return { ...pass, text: null };
  return { ...pass, text: null, behaviour: { imported: null, sizes: model ?? null } };
}
