import { beamTree } from '../../../rec/semantic-ids/beam-tree.ts';
import { RankSession } from '../../../rec/evaluation/evaluate.ts';
import { CompactRankSession } from '../../../rec/evaluation/rank-compact-ids.ts';
import type { SemanticIds, Sample } from '../../../rec/data/types.ts';
import type { JobOf } from '../../job/job.ts';
import type { ExplainedList } from '../../recommending/ranked-recommender.ts';
import type { ScoreMeaning } from '../../recommending/recommendation.ts';
import { beamsOf } from '../../work/mask-history.ts';
import { inputOf, openInput, type JobContext } from '../../work/job-context.ts';
import { vocabularyOf } from '../../checkpoints/model-config.ts';
import { treeOf } from './compact/compact-config.ts';
import { openCompact, type CompactCheckpoint } from './compact/compact-model.ts';
import { withOwnRows } from './compact/rank-compact.ts';
import { idsOf, withIdRows } from './rank-ids.ts';

/** Of all forms: the search adds up what each level says. */
const LOG_P: ScoreMeaning = {
  title: 'log p',
  told: 'Natural logarithm of the probability of the whole id: the sum over its levels.',
  best: 'highest',
};

/** The beam search of the evaluation for one customer, with what it kept and let go at every level. */
export async function explainIds(
  job: JobOf<'evaluate'>,
  context: JobContext,
  sample: Sample,
): Promise<ExplainedList> {
  const { settings, inputs } = job;
  const model = await openInput(context, inputs.model);
  const { ids } = await idsOf(context.store, inputOf(inputs, 'ids'), settings.domain);
  const setup = { beam: beamsOf(settings), batchUsers: 1, isTraced: true };
  const compact = await openCompact(model);
  if (compact !== null) return explainCompact(job, context, { sample, ids, setup, compact });
  const parameters = await withIdRows(context, model, inputs.rows, settings.restore);
  const { config, vocabulary } = model.meta;
  const of = { config, ids, vocabulary: vocabularyOf(vocabulary) };
  const session = new RankSession(context.executor, { ...setup, ...of });
  try {
    await session.weights.load(parameters);
    return explained(await session.trace(sample, { signal: context.signal }), ids);
  } finally {
    session.destroy();
  }
}

async function explainCompact(
  job: JobOf<'evaluate'>,
  context: JobContext,
  parts: {
    readonly sample: Sample;
    readonly ids: SemanticIds;
    readonly setup: { beam: number; batchUsers: number; isTraced: boolean };
    readonly compact: CompactCheckpoint;
  },
): Promise<ExplainedList> {
  const { sample, ids, setup, compact } = parts;
  const { config } = compact;
  const parameters = await withOwnRows(job, context, compact);
  const session = new CompactRankSession(context.executor, { ...setup, config, tree: treeOf(ids) });
  try {
    session.weights.write(parameters);
    return explained(await session.trace(sample, { signal: context.signal }), ids);
  } finally {
    session.destroy();
  }
}

function explained(
  { list, searched }: Awaited<ReturnType<RankSession['trace']>>,
  ids: SemanticIds,
): ExplainedList {
  return {
    list: { ...list, scores: list.scores ?? [] },
    score: LOG_P,
    reason: { shape: 'tree', tree: beamTree(searched, ids) },
  };
}
