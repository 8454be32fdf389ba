import { parameterLayout } from '../../nn/transformer/layout.ts';
import { restoreRows, TOKEN_TENSORS } from '../../merge/arenas/restore-rows.ts';
import { rankSamples } from '../../rec/evaluation/evaluate.ts';
import { rankingMetrics } from '../../rec/evaluation/metrics.ts';
import { unreachableItems } from '../../rec/semantic-ids/reachability.ts';
import { testSamples } from '../../rec/data/split.ts';
import type { DomainData, RankedList, Sample } from '../../rec/data/types.ts';
import { idTokenRange } from '../../rec/semantic-ids/vocabulary.ts';
import { asArtefact, idsArtefact } from '../results/artefacts.ts';
import type { EvaluationArtefact } from '../results/artefacts.ts';
import type { EvaluateJob } from '../plan/job.ts';
import type { BaselineSettings, EvaluateSettings } from '../plan/job-settings.ts';
import type { StoredCheckpoint } from '../run/lab-store.ts';
import { vocabularyOf } from '../plan/model-config.ts';
import { originOf } from '../run/provenance.ts';
import { rankEmbeddings, rankTitles } from './rank-texts.ts';
import { inputCheckpoint, inputOf } from './job-context.ts';
import type { JobContext } from './job-context.ts';

/** Ranks a domain's test users with a checkpoint, as its paradigm does. */
export async function evaluate(job: EvaluateJob, context: JobContext): Promise<EvaluationArtefact> {
  const { settings } = job;
  const { samples, capped } = testUsers(context.domainData(settings.domain), settings);
  const lists = await ranked(job, context, samples);
  const unreachableTargets = await countUnreachable(job, context, samples);
  return {
    metrics: rankingMetrics(lists, settings.cutoffs),
    capped,
    ...(unreachableTargets > 0 && { unreachableTargets }),
    ranks: lists.map(rankOf),
    origin: originOf(context),
  };
}

/** Ranked lists of the samples, as the job's paradigm makes them. */
export function ranked(
  job: EvaluateJob,
  context: JobContext,
  samples: readonly Sample[],
): Promise<readonly RankedList[]> {
  const { paradigm } = job.settings;
  switch (paradigm?.kind) {
    case undefined:
      return rankIds(job, context, samples);
    case 'title':
      return rankTitles(job, paradigm, context, samples);
    case 'embedding':
      return rankEmbeddings(job, paradigm, context, samples);
  }
}

/** Samples whose target no id leads to; titles and embeddings reach every item. */
async function countUnreachable(
  job: EvaluateJob,
  context: JobContext,
  samples: readonly Sample[],
): Promise<number> {
  if (job.settings.paradigm !== undefined) return 0;
  const unreachable = unreachableItems((await inputIds(job, context)).ids);
  return samples.filter(({ target }) => unreachable.has(target)).length;
}

async function inputIds({ settings, inputs }: EvaluateJob, { store }: JobContext) {
  const stored: unknown = await store.getArtefact(inputOf(inputs, 'ids'));
  return asArtefact(idsArtefact, stored, `semantic ids ${settings.domain}`);
}

/** Trie-constrained beam search. */
async function rankIds(
  job: EvaluateJob,
  context: JobContext,
  samples: readonly Sample[],
): Promise<readonly RankedList[]> {
  const { settings, inputs } = job;
  const { executor, signal, progress } = context;
  const model = await inputCheckpoint(context, inputs.model);
  const parameters = await withIdRows(context, model, inputs.rows);
  const { ids, itemIds } = await inputIds(job, context);
  return rankSamples(
    executor,
    {
      config: model.meta.config,
      parameters,
      ids,
      vocabulary: vocabularyOf(model.meta.vocabulary),
      items: itemIds.length,
      samples,
      beam: settings.beam,
      batchUsers: settings.batchUsers,
    },
    {
      signal,
      onProgress: ({ done, total }) => {
        progress(done, total, 'users');
      },
    },
  );
}

/**
 * The test users that are ranked. The draw is the same for every model and seed, so that all
 * models are compared on the same users.
 * @errors data-invalid when the domain has no test user
 */
export function testUsers(
  data: DomainData,
  {
    test,
    sampling,
    users,
  }: Pick<EvaluateSettings | BaselineSettings, 'test' | 'sampling' | 'users'>,
): { samples: Sample[]; capped: boolean } {
  const all = testSamples(data, test, sampling);
  if (all.length <= users) return { samples: all, capped: false };
  return {
    samples: testSamples(data, test, { ...sampling, maxUsers: users, seed: 0 }),
    capped: true,
  };
}

async function withIdRows(
  context: JobContext,
  { meta, parameters }: StoredCheckpoint,
  rowsFrom: string | null,
): Promise<Float32Array<ArrayBuffer>> {
  if (rowsFrom === null) return parameters;
  const source = await inputCheckpoint(context, rowsFrom);
  const layout = parameterLayout(meta.config);
  const { start, end } = idTokenRange(vocabularyOf(meta.vocabulary));
  return restoreRows(parameters, layout, source.parameters, {
    tensors: TOKEN_TENSORS,
    fromRow: start,
    toRow: end,
  });
}

function rankOf({ items, target }: RankedList): number {
  return items.indexOf(target) + 1;
}
