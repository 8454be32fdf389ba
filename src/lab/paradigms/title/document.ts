import * as v from 'valibot';
import type { ExperimentDocument } from '../../experiment/common-sections.ts';
import { languageBase, stageColumns } from '../../experiment/language-base.ts';
import {
  evaluationFaults,
  languageBaseFaults,
  modelFaults,
  rankingAnalysisFaults,
  rowFaults,
  textStartFaults,
  trainingFaults,
} from '../../experiment/language-checks.ts';
import type { PathFault } from '../../experiment/path-fault.ts';
import { real, told, whole } from '../../experiment/schema-parts.ts';
import { LANGUAGE_BASE } from '../language/language-base-form.ts';
import { RANKING_LABELS } from '../language/language-labels.ts';
import type { ParadigmDocument } from '../contract/paradigm-document.ts';

/** Text-grounded recommendation: BIGRec's numbers, histories cut to what small models hold. */
export const TITLE = {
  positions: 128,
  titleTokens: 16,
  samples: 5,
  temperature: 0.6,
  maxTokens: 32,
  grounding: 'words',
  dimensions: 64,
  rescale: true,
  halfLifeDays: 30,
  gamma: 0.25,
  unseen: 'keep',
  draws: 'nearest',
  bandwidth: 0.1,
} as const;

const titleSchema = v.strictObject({
  positions: v.optional(
    told(
      'Of a row: the newest items of a history that fit, and the answer.',
      v.picklist([32, 64, 128, 256]),
    ),
    TITLE.positions,
  ),
  titleTokens: v.optional(
    told('Of a title; longer ones are cut.', whole(2, 64)),
    TITLE.titleTokens,
  ),
  samples: v.optional(told('Titles sampled for each user.', whole(1, 64)), TITLE.samples),
  temperature: v.optional(told('0 takes the likeliest token.', real(0, 10)), TITLE.temperature),
  maxTokens: v.optional(told('Of a sampled title.', whole(1, 64)), TITLE.maxTokens),
  grounding: v.optional(
    told(
      'Vectors of items and sampled titles: of their words (TF-IDF), or of the base model.',
      v.picklist(['words', 'base']),
    ),
    TITLE.grounding,
  ),
  dimensions: v.optional(told('Of the vectors of words.', whole(2, 512)), TITLE.dimensions),
  rescale: v.optional(
    told('Divide distances by the popularity–recency coefficient.', v.boolean()),
    TITLE.rescale,
  ),
  halfLifeDays: v.optional(real(0.01, 100_000), TITLE.halfLifeDays),
  gamma: v.optional(real(0, 10), TITLE.gamma),
  unseen: v.optional(
    told(
      "Items never seen before the test: keep, or drop as MMGRid's program does.",
      v.picklist(['keep', 'drop']),
    ),
    TITLE.unseen,
  ),
  draws: v.optional(
    told(
      "What decides among the titles drawn for a user: the one nearest to an item, BIGRec's " +
        'rule, or a density in which every draw counts, and the coefficient is the prior.',
      v.picklist(['nearest', 'density']),
    ),
    TITLE.draws,
  ),
  bandwidth: v.optional(
    told(
      "Of the density: the squared distance over which a drawn title's weight falls by e.",
      real(0.0001, 10),
    ),
    TITLE.bandwidth,
  ),
});

type TitleSection = v.InferOutput<typeof titleSchema>;

declare module '../../experiment/paradigm-plans.ts' {
  interface ParadigmSections {
    readonly title?: TitleSection;
  }
  interface ParadigmPlans {
    readonly title: TitleSection;
  }
}

/** BIGRec: titles are sampled and grounded on the nearest items. */
export const titleDocument: ParadigmDocument<'title'> = {
  kind: 'title',
  labels: RANKING_LABELS,
  sections: { title: v.optional(titleSchema) },
  check: (document, raw) => [
    ...drawFaults(document, raw),
    ...modelFaults(document),
    ...textStartFaults(document),
    ...languageBaseFaults(document, titleFaults),
    ...trainingFaults(document),
    ...evaluationFaults(document),
  ],
  plan: ({ title }) => ({ kind: 'title', ...(title ?? TITLE) }),
  base: languageBase,
  importedBase: () => LANGUAGE_BASE,
  columns: stageColumns,
  draftColumns: (_, stages) => stages,
  mergeFault: () => null,
  analysisFaults: rankingAnalysisFaults,
};

/** The nearest title has no bandwidth: whoever wrote one expects something. */
function drawFaults({ title = TITLE }: ExperimentDocument, raw: unknown): PathFault[] {
  const { title: written } = raw as { readonly title?: Readonly<Record<string, unknown>> };
  if (title.draws === 'density' || written?.['bandwidth'] === undefined) return [];
  const message = 'means nothing beside draws: nearest; set draws to density.';
  return [{ path: ['title', 'bandwidth'], message }];
}

/** A title of the history and the answer stand in one row at least. */
function titleFaults(document: ExperimentDocument): PathFault[] {
  const { positions, titleTokens } = document.title ?? TITLE;
  const needed = 2 * titleTokens + 3;
  const message = `two titles of ${String(titleTokens)} tokens need ${String(needed)} positions.`;
  return [
    ...(needed > positions ? [{ path: ['title', 'positions'], message }] : []),
    ...rowFaults(document, positions),
  ];
}
