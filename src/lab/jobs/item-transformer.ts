import { initialParameters } from '../../nn/transformer/init.ts';
import { rankSamples } from '../../rec/evaluation/evaluate.ts';
import { plainItemIds } from '../../rec/semantic-ids/item-ids.ts';
import { rankMetrics } from '../../rec/evaluation/metrics.ts';
import { tokenRows } from '../../rec/rows/token-rows.ts';
import { baselineArtefact, type BaselineArtefact } from '../results/artefacts.ts';
import type { JobOf } from '../job/job.ts';
import { modelConfigOf, vocabularyOf } from '../checkpoints/model-config.ts';
import { beamsOf, maskedRanks } from '../work/mask-history.ts';
import { originOf } from '../work/provenance.ts';
import { testUsers } from '../work/test-users.ts';
import { deriveSeed, type JobContext } from '../work/job-context.ts';
import { splitRows } from '../work/held-out.ts';
import { tellTraining } from '../work/training-notes.ts';
import { runFacts, trainOn } from '../work/train-on.ts';
import { defineJob } from '../work/define-job.ts';
import { baselineAnswers } from '../work/result-answers.ts';
import { baselineRows } from '../work/result-rows.ts';
import type { Experiment } from '../experiment/experiment-types.ts';
import type { OptimizerSettings, Sampling } from '../job/job-settings.ts';
import type { Period } from '../../rec/data/types.ts';

/** Trains and ranks a SASRec-style transformer over item ids: a baseline on our own engine. */
export interface ItemTransformerSettings {
  readonly domain: string;
  readonly model: Experiment['model'];
  /** All training stages. */
  readonly period: Period;
  readonly test: Period;
  readonly sampling: Sampling;
  readonly optimizer: OptimizerSettings;
  readonly users: number;
  readonly beam: number;
  readonly batchUsers: number;
  readonly cutoffs: readonly number[];
  /** See `MaskSettings`. */
  readonly maskHistory?: boolean;
}

declare module '../job/job.ts' {
  interface JobTypes {
    readonly 'item-transformer': MakesArtefact<ItemTransformerSettings, { readonly data: string }>;
  }
}

/** As it is called in the results. */
export const ITEM_TRANSFORMER_NAME = 'item-id transformer (SASRec-style)';

/**
 * A transformer over item ids, full softmax, every interaction of all stages scored once an epoch
 * (Kang and McAuley 2018, arXiv:1808.09781, with today's decoder block). It sees what the cells of
 * the newest stage have seen, in one training; history items are not removed, as for the cells.
 */
export async function itemTransformer(
  job: JobOf<'item-transformer'>,
  context: JobContext,
): Promise<BaselineArtefact> {
  const { settings } = job;
  const { domain, model, sampling, optimizer } = settings;
  const { executor, signal, progress } = context;
  const data = context.domainData(domain);
  const ids = plainItemIds(data.itemIds.length);
  const levels = { levels: ids.levels, codes: ids.codesPerLevel };
  const vocabulary = vocabularyOf(levels);
  const config = modelConfigOf({ model, sampling, vocabulary: levels });
  const split = splitRows(
    data,
    settings.period,
    // Nothing is drawn.
    { ...sampling, maxTargets: null, score: 'all', seed: 0 },
    optimizer.validation,
  );
  const trained = await trainOn(context, {
    config,
    parameters: initialParameters(config, deriveSeed(job.seed, 'init/item-transformer')),
    rows: tokenRows(split.rows, ids, vocabulary),
    held: tokenRows(split.held, ids, vocabulary),
    optimizer,
    seed: deriveSeed(job.seed, `train/item-transformer/${domain}`),
  });
  tellTraining({ name: job.title, settings: { optimizer }, ...runFacts(trained) }, context);
  const { samples, capped } = testUsers(data, settings);
  const lists = await rankSamples(
    executor,
    {
      config,
      parameters: trained.parameters,
      ids,
      vocabulary,
      items: data.itemIds.length,
      samples,
      beam: beamsOf(settings),
      batchUsers: settings.batchUsers,
    },
    {
      signal,
      onProgress: ({ done, total }) => {
        progress(done, total, 'users');
      },
    },
  );
  const { ranks, otherRanks } = maskedRanks(data, settings, samples, lists);
  const metrics = rankMetrics(ranks, settings.cutoffs);
  const others = otherRanks === undefined ? {} : { otherRanks };
  return {
    baselines: [{ name: ITEM_TRANSFORMER_NAME, metrics, ranks, ...others }],
    capped,
    origin: originOf(context),
  };
}

export const itemTransformerJob = defineJob({
  kind: 'item-transformer',
  rank: 8,
  makes: baselineArtefact,
  run: itemTransformer,
  rows: baselineRows,
  measures: () => [ITEM_TRANSFORMER_NAME],
  answers: baselineAnswers,
});
