import * as v from 'valibot';
import type { ExperimentDocument } from '../../experiment/common-sections.ts';
import { languageBase, stageColumns } from '../../experiment/language-base.ts';
import {
  evaluationFaults,
  languageBaseFaults,
  modelFaults,
  rankingAnalysisFaults,
  textStartFaults,
  trainingFaults,
} from '../../experiment/language-checks.ts';
import type { PathFault } from '../../experiment/path-fault.ts';
import { real, told, whole } from '../../experiment/schema-parts.ts';
import { LANGUAGE_BASE } from '../language/language-base-form.ts';
import { RANKING_LABELS } from '../language/language-labels.ts';
import type { ParadigmDocument } from '../contract/paradigm-document.ts';

/** Semantic embeddings: HLLM's numbers. */
export const EMBEDDING = {
  negatives: 512,
  falseNegative: 0.99,
  inputs: 25,
  sequencesPerBatch: 16,
  stageOnly: false,
  maskHistory: true,
  inBatch: false,
  mask: 'cosine',
  itemVectors: 'none',
} as const;

const embeddingSchema = v.strictObject({
  negatives: v.optional(told('Shared by a batch.', whole(1, 65536)), EMBEDDING.negatives),
  inBatch: v.optional(
    told(
      "The batch's own targets compete, too: more negatives at no cost, popular ones more " +
        'often.',
      v.boolean(),
    ),
    EMBEDDING.inBatch,
  ),
  falseNegative: v.optional(
    told('Negatives whose cosine with the target exceeds it do not compete.', real(-1, 1)),
    EMBEDDING.falseNegative,
  ),
  mask: v.optional(
    told(
      "Which negatives do not compete: those that close (cosine, HLLM's rule), the target's " +
        'own item alone (item), or auto: the first, and the second in steps where more than ' +
        'half are that close, as where a small base makes nearly parallel vectors.',
      v.picklist(['cosine', 'item', 'auto']),
    ),
    EMBEDDING.mask,
  ),
  inputs: v.optional(told('Most items of a history.', whole(1, 200)), EMBEDDING.inputs),
  sequencesPerBatch: v.optional(whole(1, 4096), EMBEDDING.sequencesPerBatch),
  stageOnly: v.optional(
    told('Score items of the stage only; false: whole histories, as HLLM does.', v.boolean()),
    EMBEDDING.stageOnly,
  ),
  itemVectors: v.optional(
    told(
      'added: an item is the vector of its text plus a learnt one of its own, as input ' +
        'and as target: no longer HLLM, whose items are their texts (none).',
      v.picklist(['none', 'added']),
    ),
    EMBEDDING.itemVectors,
  ),
  maskHistory: v.optional(
    told('Items of the history are no answers.', v.boolean()),
    EMBEDDING.maskHistory,
  ),
});

type EmbeddingSection = v.InferOutput<typeof embeddingSchema>;

declare module '../../experiment/paradigm-plans.ts' {
  interface ParadigmSections {
    readonly embedding?: EmbeddingSection;
  }
  interface ParadigmPlans {
    readonly embedding: EmbeddingSection;
  }
}

/** One mask for all would quietly overrule its own. */
function maskFaults({ evaluation }: ExperimentDocument, raw: unknown): PathFault[] {
  const { embedding } = raw as { readonly embedding?: Readonly<Record<string, unknown>> };
  if (evaluation.maskHistory === undefined || embedding?.['maskHistory'] === undefined) return [];
  const message = 'means nothing beside evaluation.maskHistory, which masks for every model alike.';
  return [{ path: ['embedding', 'maskHistory'], message }];
}

/** HLLM: an item encoder reads texts, a user encoder their vectors; cosines rank. */
export const embeddingDocument: ParadigmDocument<'embedding'> = {
  kind: 'embedding',
  labels: RANKING_LABELS,
  sections: { embedding: v.optional(embeddingSchema) },
  check: (document, raw) => [
    ...maskFaults(document, raw),
    ...modelFaults(document),
    ...textStartFaults(document),
    ...languageBaseFaults(document),
    ...trainingFaults(document, 'tokens', true),
    ...encoderFaults(document),
    ...evaluationFaults(document),
  ],
  plan: ({ embedding }) => ({ kind: 'embedding', ...(embedding ?? EMBEDDING) }),
  base: languageBase,
  importedBase: () => LANGUAGE_BASE,
  restores: ({ embedding }) =>
    // A draft's section may be anything.
    (embedding as { readonly itemVectors?: unknown } | null | undefined)?.itemVectors === 'added'
      ? ['item-vectors', 'nothing', 'user-encoder', 'model']
      : ['nothing', 'user-encoder', 'model'],
  columns: stageColumns,
  draftColumns: (_, stages) => stages,
  mergeFault: () => null,
  analysisFaults: rankingAnalysisFaults,
};

/** Keys of the training that encoders do not have; whoever wrote them expects something. */
function encoderFaults({ training }: ExperimentDocument): PathFault[] {
  const faults: PathFault[] = [];
  if (training.sequencesPerBatch !== undefined) {
    const message = 'means nothing for the paradigm embedding: use embedding.sequencesPerBatch.';
    faults.push({ path: ['training', 'sequencesPerBatch'], message });
  }
  return faults;
}
