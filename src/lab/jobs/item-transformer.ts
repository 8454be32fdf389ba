import { initialParameters } from '../../nn/transformer/init.ts';
import { rankSamples } from '../../rec/evaluation/evaluate.ts';
import { plainItemIds } from '../../rec/semantic-ids/item-ids.ts';
import { rankingMetrics } from '../../rec/evaluation/metrics.ts';
import { tokenRows } from '../../rec/rows/token-rows.ts';
import type { BaselineArtefact } from '../results/artefacts.ts';
import type { ItemTransformerJob } from '../plan/job.ts';
import { modelConfigOf, vocabularyOf } from '../plan/model-config.ts';
import { originOf } from '../run/provenance.ts';
import { testUsers } from './evaluate.ts';
import { deriveSeed } from './job-context.ts';
import type { JobContext } from './job-context.ts';
import { checkedRows } from './checked-rows.ts';
import { trainOn } from './train-on.ts';

/** As it is called in the results. */
export const ITEM_TRANSFORMER_NAME = 'item-id transformer (SASRec-style)';

/**
 * A transformer over item ids, full softmax, every interaction of all stages scored once an epoch
 * (Kang and McAuley 2018, arXiv:1808.09781, with today's decoder block). It sees what the cells of
 * the newest stage have seen, in one training; history items are not removed, as for the cells.
 */
export async function itemTransformer(
  job: ItemTransformerJob,
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
  const rows = checkedRows(data, settings.period, {
    ...sampling,
    maxTargets: null,
    score: 'all',
    seed: 0, // nothing is drawn
  });
  const { parameters } = await trainOn(context, {
    config,
    parameters: initialParameters(config, deriveSeed(job.seed, 'init/item-transformer')),
    rows: tokenRows(rows, ids, vocabulary),
    optimizer,
    seed: deriveSeed(job.seed, `train/item-transformer/${domain}`),
  });
  const { samples, capped } = testUsers(data, settings);
  const lists = await rankSamples(
    executor,
    {
      config,
      parameters,
      ids,
      vocabulary,
      items: data.itemIds.length,
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
  const metrics = rankingMetrics(lists, settings.cutoffs);
  return {
    baselines: [{ name: ITEM_TRANSFORMER_NAME, metrics }],
    capped,
    origin: originOf(context),
  };
}
