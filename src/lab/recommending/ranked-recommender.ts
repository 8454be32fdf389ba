import { AppError } from '../../core/errors.ts';
import { rankOf } from '../../rec/evaluation/metrics.ts';
import type { DomainData, RankedList, Sample } from '../../rec/data/types.ts';
import { isJobOf, type Job, type JobOf } from '../job/job.ts';
import type { JobContext } from '../work/job-context.ts';
import { seenItems } from '../work/mask-history.ts';
import { testUsers } from '../work/test-users.ts';
import type { AskedCustomer, Reason, ScoreMeaning } from './recommendation.ts';
import type { Recommender } from './recommender.ts';

/** A list as the paradigm ranks it for one sample, before the mask of the evaluation. */
export interface ExplainedList {
  readonly list: RankedList & { readonly scores: readonly number[] };
  readonly score: ScoreMeaning;
  readonly reason: Reason | null;
}

export type ExplainList = (
  job: JobOf<'evaluate'>,
  context: JobContext,
  sample: Sample,
) => Promise<ExplainedList>;

/** Of lists whose order alone is known. */
const PLACES: ScoreMeaning = {
  title: 'place',
  told: 'The model tells an order and no scores.',
  best: 'lowest',
};

/** Titles of a list. */
const SHOWN = 10;

/**
 * Recommends with models that rank the items of a domain: a customer is a test user of the
 * evaluation, the list is the one that the evaluation ranks, with its mask.
 */
export function rankedRecommender(explain: ExplainList): Recommender {
  return {
    measured: (job) => {
      if (!isJobOf(job, 'evaluate') || job.settings.split !== undefined) return null;
      return { model: job.label.model, domain: job.settings.domain };
    },
    // Without rows of another model nothing is put back, whatever the settings say of it.
    ofModel: (job, model) => {
      const own = evaluationOf(job);
      return { ...own, inputs: { ...own.inputs, model, rows: null } };
    },
    catalogue: (job, { domainData }) => {
      const { settings } = evaluationOf(job);
      const data = domainData(settings.domain);
      const { samples } = testUsers(data, settings);
      return {
        titles: data.itemIds.map((id, item) => nameOf(data.titles?.[item], id)),
        customers: samples.map(({ user, history, target }) => {
          return { id: data.userIds[user] ?? '', history, taken: [target] };
        }),
        outOf: samples.length,
        longest: settings.sampling.history,
      };
    },
    answer: async (job, context, asked, of) => {
      const own = evaluationOf(job);
      const data = context.domainData(own.settings.domain);
      const { sample, seen } = sampleOf(evaluationOf(of), data, asked);
      const { list, score, reason } = await explain(own, context, sample);
      const { maskHistory, cutoffs } = own.settings;
      const { items, scores } = shownList(list, maskHistory === true ? seen : null);
      const place = rankOf({ items, target: sample.target });
      // As the evaluation counts: with a chosen mask nothing beyond the largest cut-off.
      const counts = maskHistory === undefined || place <= Math.max(...cutoffs);
      return {
        score,
        items: items.slice(0, SHOWN).map((item, at) => ({ item, score: scores[at] ?? NaN })),
        rank: sample.target < 0 ? null : counts ? place : 0,
        reason,
      };
    },
  };
}

/** Where a paradigm says nothing of its own: the list alone. */
export function listAlone(
  rank: (
    job: JobOf<'evaluate'>,
    context: JobContext,
    samples: readonly Sample[],
  ) => Promise<readonly RankedList[]>,
): ExplainList {
  return async (job, context, sample) => {
    const [list] = await rank(job, context, [sample]);
    if (list === undefined) throw new AppError('internal', 'A ranking gave no list.');
    const scores = list.items.map((_, at) => at + 1);
    return { list: { ...list, scores }, score: PLACES, reason: null };
  };
}

function nameOf(title: string | undefined, id: string): string {
  return title === undefined || title === '' ? id : title;
}

function evaluationOf(job: Job): JobOf<'evaluate'> {
  if (isJobOf(job, 'evaluate')) return job;
  throw new AppError('internal', `${job.title} ranks no items.`);
}

/** What is asked, and what may be left out of the answer. */
function sampleOf(
  { settings }: JobOf<'evaluate'>,
  data: DomainData,
  asked: AskedCustomer,
): { readonly sample: Sample; readonly seen: ReadonlySet<number> } {
  if ('at' in asked) {
    const sample = testUsers(data, settings).samples[asked.at];
    if (sample === undefined) {
      throw new AppError('invalid-argument', `There is no customer ${String(asked.at + 1)}.`, {
        hint: 'Nothing was asked. Choose one of the list.',
      });
    }
    const [seen = new Set<number>()] = seenItems(data, settings.test, [sample]);
    return { sample, seen };
  }
  const { history } = asked;
  const isKnown = history.every((item) => data.itemIds[item] !== undefined);
  const { history: longest } = settings.sampling;
  if (!isKnown || history.length === 0 || history.length > longest) {
    throw new AppError('invalid-argument', 'The history is none that a model reads.', {
      hint: `Nothing was asked. Give 1 to ${String(longest)} items of ${data.domain}.`,
    });
  }
  // A user that the data do not have: whatever is drawn for it is drawn for nobody else.
  const user = data.userIds.length;
  const timeMs = settings.test.endMs;
  return { sample: { user, target: -1, timeMs, history }, seen: new Set(history) };
}

/** @errors non-finite */
function shownList(
  { items, scores }: ExplainedList['list'],
  masked: ReadonlySet<number> | null,
): { readonly items: readonly number[]; readonly scores: readonly number[] } {
  const left = items
    .map((item, at) => ({ item, score: scores[at] ?? NaN }))
    .filter(({ item }) => item >= 0 && masked?.has(item) !== true);
  if (left.every(({ score }) => Number.isFinite(score))) {
    return { items: left.map(({ item }) => item), scores: left.map(({ score }) => score) };
  }
  throw new AppError('non-finite', 'The scores of the model are not finite; nothing is shown.', {
    hint: 'The checkpoint is damaged or its training diverged: train or merge it again.',
  });
}
