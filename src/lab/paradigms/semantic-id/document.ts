import * as v from 'valibot';
import type { ExperimentDocument } from '../../experiment/common-sections.ts';
import { positionsOf } from '../../checkpoints/model-config.ts';
import { TEXT_BASE } from '../../experiment/experiment-defaults.ts';
import { basePass, languageBase, stageColumns } from '../../experiment/language-base.ts';
import {
  evaluationFaults,
  languageBaseFaults,
  modelFaults,
  rankingAnalysisFaults,
  rowFaults,
  trainingFaults,
} from '../../experiment/language-checks.ts';
import type { BasePlan } from '../../experiment/experiment-types.ts';
import type { PathFault } from '../../experiment/path-fault.ts';
import { real, told } from '../../experiment/schema-parts.ts';
import { RANKING_LABELS } from '../language/language-labels.ts';
import type { ParadigmDocument } from '../contract/paradigm-document.ts';
import {
  formFaults,
  formOf,
  formSchema,
  importedBaseOf,
  restoresOf,
  startsOf,
  type CompactForm,
  type IdForm,
} from './form.ts';

/** LC-Rec's tasks beside the plain sequences, where the base knows text. */
const TASKS = {
  alignment: 1,
  laterAlignment: 0.1,
  mixed: true,
  splitSoftmax: true,
  idWeight: 10,
} as const;

const tasksSchema = v.strictObject({
  alignment: v.optional(
    told(
      'Share of items whose text ↔ id pairs the first stage trains on, and the later ' + 'stages.',
      real(0, 1),
    ),
    TASKS.alignment,
  ),
  laterAlignment: v.optional(real(0, 1), TASKS.laterAlignment),
  mixed: v.optional(
    told('Beside ids → id one of {ids → title, titles → id} for every target.', v.boolean()),
    TASKS.mixed,
  ),
  splitSoftmax: v.optional(
    told(
      'An id token competes with the codes of its level only; false: with the whole ' +
        'vocabulary.',
      v.boolean(),
    ),
    TASKS.splitSoftmax,
  ),
  idWeight: v.optional(
    told('What the loss of an id token counts, where others count 1.', real(0.01, 1000)),
    TASKS.idWeight,
  ),
  batches: v.optional(
    told(
      'Rows that predict ids and rows that predict text: apart, the default, gives each ' +
        'kind batches of its own, with fewer logits to compute. A weight then scales whole ' +
        "steps, which clipping and AdamW undo; mixed batches, as LC-Rec's, weigh tokens " +
        'against each other.',
      v.picklist(['apart', 'mixed']),
    ),
  ),
});

type Tasks = v.InferOutput<typeof tasksSchema>;

declare module '../../experiment/paradigm-plans.ts' {
  interface ParadigmSections {
    /** What semantic ids are trained on beside sequences; for a base that knows text. */
    readonly tasks?: Tasks;
  }
  interface ParadigmPlans {
    readonly 'semantic-id': { readonly tasks: Tasks; readonly form: IdForm };
  }
}

/** Items are paths of codes, decoded by beam search over a trie: LC-Rec, and a compact form. */
export const semanticIdDocument: ParadigmDocument<'semantic-id'> = {
  kind: 'semantic-id',
  labels: RANKING_LABELS,
  sections: { tasks: v.optional(tasksSchema), semanticId: v.optional(formSchema) },
  check: (document, raw) => {
    const isCompact = formOf(document).kind === 'compact';
    return [
      ...modelFaults(document),
      ...(isCompact ? [] : startFaults(document)),
      ...formFaults(document, raw),
      ...languageBaseFaults(document, isCompact ? () => [] : textFaults),
      ...trainingFaults(document, isCompact ? 'position' : 'tokens'),
      ...evaluationFaults(document),
    ];
  },
  plan: (document) => ({
    kind: 'semantic-id',
    tasks: document.tasks ?? TASKS,
    form: formOf(document),
  }),
  score: (document) => (formOf(document).kind === 'compact' ? 'every' : undefined),
  restores: restoresOf,
  starts: startsOf,
  importedBase: importedBaseOf,
  base: (document) => {
    const form = formOf(document);
    if (form.kind !== 'compact') return languageBase(document);
    const base =
      document.base.source === 'import' ? compactImport(document, form) : languageBase(document);
    return document.base.score === undefined ? { ...base, score: 'every' } : base;
  },
  columns: stageColumns,
  draftColumns: (_, stages) => stages,
  mergeFault: (document, _, { title, needsData }) => {
    if (!needsData || formOf(document).kind !== 'compact') return null;
    const message = `${title} looks at rows of tokens; compact ids have one position an item.`;
    return { path: ['method'], message };
  },
  analysisFaults: rankingAnalysisFaults,
};

function compactImport(
  document: ExperimentDocument,
  { trieLoss, prefixVectors }: CompactForm,
): BasePlan {
  const compact = { imported: null, form: { trieLoss, prefixVectors } };
  return { ...basePass(document), text: null, compact };
}

function startFaults({ base, ids }: ExperimentDocument): PathFault[] {
  if (base.source !== 'sequences' || ids.features !== 'base') return [];
  const message = 'base needs a base of texts: set the source of the base to text.';
  return [{ path: ['ids', 'features'], message }];
}

/** A text and its id stand in one row. */
function textFaults(document: ExperimentDocument): PathFault[] {
  const { base, ids, contexts } = document;
  const row = (base.textTokens ?? TEXT_BASE.textTokens) + ids.levels + 3;
  const positions = positionsOf(contexts.history, ids.levels, true);
  const message = `a text and its id take ${String(row)} positions; the history leaves ${String(positions)}.`;
  return [
    ...(row > positions ? [{ path: ['base', 'textTokens'], message }] : []),
    ...rowFaults(document, positions),
  ];
}
