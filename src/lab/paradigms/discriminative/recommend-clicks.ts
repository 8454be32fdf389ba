import { AppError } from '../../../core/errors.ts';
import { scoreClicks } from '../../../rec/behaviour/score-clicks.ts';
import type { ClickSample } from '../../../rec/behaviour/behaviour-types.ts';
import { isJobOf, type Job, type JobOf } from '../../job/job.ts';
import type { ScoreMeaning } from '../../recommending/recommendation.ts';
import type { Recommender } from '../../recommending/recommender.ts';
import { inputCheckpoint, inputOf, type JobContext } from '../../work/job-context.ts';
import { behaviourOf, clickModelOf } from './behaviour-meta.ts';
import { behaviourDataIn, clicksOf, itemIdOf } from './behaviour-source.ts';

const CHANCE: ScoreMeaning = {
  title: 'p(click)',
  told: 'Probability of a click on this candidate: the logistic function of the model\u2019s logit.',
  best: 'highest',
};

/** Impressions of one user at one time: the candidates that one list was made of. */
interface ShownList {
  readonly user: number;
  readonly samples: readonly ClickSample[];
}

/**
 * Orders the candidates that a customer was shown by the probability of a click. What is shown is
 * fixed by the data, so that nobody can type a history for it.
 */
export const clickRecommender: Recommender = {
  measured: (job) => {
    if (!isJobOf(job, 'evaluate-click') || job.settings.baseline !== undefined) return null;
    return { model: job.label.model, domain: job.settings.domain };
  },
  ofModel: (job, model) => {
    const own = evaluationOf(job);
    return { ...own, inputs: { ...own.inputs, model } };
  },
  catalogue: (job, context) => {
    const { domain } = evaluationOf(job).settings;
    const data = behaviourDataIn(context);
    const { userIds } = clicksOf(data, domain);
    const log = context.dataset.domains.find((one) => one.domain === domain);
    const titleOf = new Map(log?.itemIds.map((id, item) => [id, log.titles?.[item] ?? '']));
    const lists = shownLists(context, domain);
    return {
      titles: data.vocabulary.items.map((name, row) => {
        if (!name.startsWith(`${domain}/`)) return '';
        const id = itemIdOf(data, domain, row);
        return titleOf.get(id) || id;
      }),
      customers: lists.map(({ user, samples }) => ({
        id: userIds[user] ?? '',
        history: samples[0]?.history ?? [],
        taken: samples.filter(({ label }) => label === 1).map(({ candidate }) => candidate),
      })),
      outOf: lists.length,
      longest: null,
    };
  },
  answer: async (job, context, asked) => {
    const { settings, inputs } = evaluationOf(job);
    const list = 'at' in asked ? shownLists(context, settings.domain)[asked.at] : undefined;
    if (list === undefined) {
      throw new AppError('invalid-argument', 'Click models score what a customer was shown.', {
        hint: 'Nothing was asked. Choose one of the customers of the list.',
      });
    }
    const { samples } = list;
    const model = await inputCheckpoint(context, inputOf(inputs, 'model'));
    const { vocabulary } = behaviourDataIn(context);
    const logits = await scoreClicks(
      context.executor,
      {
        ...clickModelOf(behaviourOf(model.meta)),
        ...{ vocabulary, parameters: model.parameters, samples, samplesPerBatch: BATCH },
      },
      { signal: context.signal },
    );
    const items = samples.map(({ candidate, label }, at) => {
      return { item: candidate, score: 1 / (1 + Math.exp(-(logits[at] ?? NaN))), label };
    });
    if (!items.every(({ score }) => Number.isFinite(score))) throw notFinite();
    items.sort((a, b) => b.score - a.score || a.item - b.item);
    return {
      score: CHANCE,
      items: items.map(({ item, score }) => ({ item, score })),
      rank: items.findIndex(({ label }) => label === 1) + 1,
      reason: null,
    };
  },
};

/** Impressions scored at once: what the evaluation scores at once. */
const BATCH = 128;

/** In the order of the test. */
function shownLists(context: JobContext, domain: string): readonly ShownList[] {
  return context.once(`shown lists of ${domain}`, () => {
    const lists = new Map<string, { user: number; samples: ClickSample[] }>();
    for (const sample of clicksOf(behaviourDataIn(context), domain).test) {
      const key = `${String(sample.user)} ${String(sample.timeMs)}`;
      const known = lists.get(key);
      if (known === undefined) lists.set(key, { user: sample.user, samples: [sample] });
      else known.samples.push(sample);
    }
    return [...lists.values()];
  });
}

function evaluationOf(job: Job): JobOf<'evaluate-click'> {
  if (isJobOf(job, 'evaluate-click')) return job;
  throw new AppError('internal', `${job.title} scores no impressions.`);
}

function notFinite(): AppError {
  return new AppError('non-finite', 'The scores of the model are not finite; nothing is shown.', {
    hint: 'The checkpoint is damaged or its training diverged: train or merge it again.',
  });
}
