import { buildCodeTree } from '../../nn/compact-id-model/code-tree.ts';
import {
  initialCompactIds,
  type CompactIdConfig,
} from '../../nn/compact-id-model/compact-id-layout.ts';
import { rankMetrics } from '../../rec/evaluation/metrics.ts';
import { rankCompactIds } from '../../rec/evaluation/rank-compact-ids.ts';
import { itemPositionsFor } from '../../rec/rows/item-buckets.ts';
import type { TrainingRow } from '../../rec/rows/training-rows.ts';
import { plainItemIds } from '../../rec/semantic-ids/item-ids.ts';
import type { DomainData, Period, SemanticIds } from '../../rec/data/types.ts';
import type { OptimizerSettings, Sampling } from '../job/job-settings.ts';
import type { JobOf } from '../job/job.ts';
import { trainedBaselineArtefact, type TrainedBaselineArtefact } from '../results/artefacts.ts';
import { checkedRows } from '../work/checked-rows.ts';
import { defineJob } from '../work/define-job.ts';
import { splitBy } from '../work/held-out.ts';
import { deriveSeed, type JobContext } from '../work/job-context.ts';
import { listLength, MOST_BEAMS, maskedRanks } from '../work/mask-history.ts';
import { originOf } from '../work/provenance.ts';
import { baselineAnswers } from '../work/result-answers.ts';
import { baselineRows } from '../work/result-rows.ts';
import { testUsers } from '../work/test-users.ts';
import { trainOnItems } from '../work/train-on-items.ts';
import { tellTraining } from '../work/training-notes.ts';

/** Trains and ranks SASRec over the items of one domain: the baseline to beat. */
export interface SasrecSettings {
  readonly domain: string;
  readonly model: Pick<CompactIdConfig, 'layers' | 'width' | 'heads' | 'feedForward'>;
  /** All training stages. */
  readonly period: Period;
  readonly test: Period;
  readonly sampling: Sampling;
  readonly optimizer: OptimizerSettings;
  readonly users: number;
  readonly batchUsers: number;
  readonly cutoffs: readonly number[];
  /** See `MaskSettings`. */
  readonly maskHistory?: boolean;
}

declare module '../job/job.ts' {
  interface JobTypes {
    readonly sasrec: MakesArtefact<SasrecSettings, { readonly data: string }>;
  }
}

/** As it is called in the results. */
export const SASREC_NAME = 'SASRec';

/**
 * Self-attention over item ids (Kang and McAuley 2018, arXiv:1808.09781) with today's decoder block:
 * one vector an item, shared by input and output, softmax over all items, every position scored, the
 * first one too. Dropout and early stopping are its own, whatever the cells have. What is held out
 * chooses the number of epochs by NDCG@10; where it is a part of the stages, a second training from
 * the same start then takes so many of everything that the cells may see.
 */
export async function sasrec(
  job: JobOf<'sasrec'>,
  context: JobContext,
): Promise<TrainedBaselineArtefact> {
  const { settings } = job;
  const data = context.domainData(settings.domain);
  const ids = plainItemIds(data.itemIds.length);
  const tree = buildCodeTree(ids.codes, ids.levels, ids.codesPerLevel);
  const config = configOf(settings, ids);
  const { parameters, training } = await trained(job, context, data, { config, tree });
  tell(job, { training }, context);
  const { samples, capped } = testUsers(data, settings);
  const beam = Math.min(MOST_BEAMS, listLength(data, settings, samples));
  const lists = await rankCompactIds(
    context.executor,
    { config, tree, beam, batchUsers: settings.batchUsers, parameters, samples },
    {
      signal: context.signal,
      onProgress: ({ done, total }) => {
        context.progress(done, total, 'users');
      },
    },
  );
  const { ranks, otherRanks } = maskedRanks(data, settings, samples, lists);
  const metrics = rankMetrics(ranks, settings.cutoffs);
  const others = otherRanks === undefined ? {} : { otherRanks };
  return {
    baselines: [{ name: SASREC_NAME, metrics, ranks, ...others }],
    capped,
    training,
    origin: originOf(context),
  };
}

/** Ids of one level with a code an item are items; their prefixes are the codes themselves. */
function configOf({ model, sampling }: SasrecSettings, ids: SemanticIds): CompactIdConfig {
  const { levels, codesPerLevel } = ids;
  return {
    ...model,
    ...{ kvHeads: model.heads, headWidth: model.width / model.heads },
    ...{ qkNorm: false, normEps: 1e-6, ropeTheta: 10_000 },
    maxPositions: itemPositionsFor(sampling.history),
    ...{ levels, codesPerLevel, nodes: codesPerLevel, prefixVectors: false, trieLoss: true },
  };
}

async function trained(
  job: JobOf<'sasrec'>,
  context: JobContext,
  data: DomainData,
  model: Pick<Parameters<typeof trainOnItems>[1], 'config' | 'tree'>,
): Promise<Pick<TrainedBaselineArtefact, 'training'> & { parameters: Float32Array }> {
  const { settings, seed } = job;
  const { domain, period, sampling, optimizer } = settings;
  const { validation, ...whole } = optimizer;
  const start = initialCompactIds(model.config, deriveSeed(seed, 'init/sasrec'));
  const run = { ...model, parameters: start, seed: deriveSeed(seed, `train/sasrec/${domain}`) };
  // Nothing is drawn.
  const options = { ...sampling, maxTargets: null, seed: 0 };
  const rowsOf = (own: Period, score: 'every' | 'targets') =>
    checkedRows(data, own, { ...options, score });
  const split = splitBy(data, period, validation, (own, isHeld) =>
    // What chooses is asked as the test asks: with as many earlier items.
    rowsOf(own, isHeld ? 'targets' : 'every'),
  );
  const first = await trainOnItems(context, { ...run, ...split, optimizer });
  const { parameters, steps, choice } = first;
  const training = { steps, ...(choice && { choice: { ...choice, values: [...choice.values] } }) };
  const all = rowsOf(period, 'every');
  if (choice === undefined || scoredIn(all) === scoredIn(split.rows)) {
    return { parameters, training };
  }
  const again = { ...whole, epochs: choice.epoch };
  const last = await trainOnItems(context, { ...run, rows: all, optimizer: again });
  return { parameters: last.parameters, training };
}

/** What the training decided by itself, now or when it was stored. */
function tell(
  { title, settings }: JobOf<'sasrec'>,
  { training }: Pick<TrainedBaselineArtefact, 'training'>,
  context: JobContext,
): void {
  const { optimizer } = settings;
  tellTraining({ name: title, settings: { optimizer }, ...training }, context);
}

function scoredIn(rows: readonly TrainingRow[]): number {
  return rows.reduce((sum, { scored }) => sum + scored.filter(Boolean).length, 0);
}

export const sasrecJob = defineJob({
  kind: 'sasrec',
  rank: 8,
  makes: trainedBaselineArtefact,
  run: sasrec,
  rows: baselineRows,
  measures: () => [SASREC_NAME],
  answers: baselineAnswers,
  retell: tell,
});
