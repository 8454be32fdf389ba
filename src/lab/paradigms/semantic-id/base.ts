import { initialParameters } from '../../../nn/transformer/init.ts';
import type { TokenRow } from '../../../rec/rows/token-rows.ts';
import { AppError } from '../../../core/errors.ts';
import type { JobOf } from '../../job/job.ts';
import type { CheckpointSource } from '../../checkpoints/lab-store.ts';
import { modelConfigOf, type VocabularySettings } from '../../checkpoints/model-config.ts';
import { checkpointMeta } from '../../work/provenance.ts';
import { deriveSeed, type JobContext } from '../../work/job-context.ts';
import { domainRows } from './domain-rows.ts';
import { runFacts, trainOn } from '../../work/train-on.ts';
import { defineCheckpointJob } from '../../work/define-job.ts';
import type { Experiment, StageScore } from '../../experiment/experiment-types.ts';
import type { OptimizerSettings, Sampling } from '../../job/job-settings.ts';
import type { Period } from '../../../rec/data/types.ts';

/** Trains the start of all chains on the pooled first-stage sequences of all domains. */
export interface BaseSettings {
  readonly model: Experiment['model'];
  readonly vocabulary: VocabularySettings;
  readonly domains: readonly string[];
  readonly period: Period;
  readonly sampling: Sampling;
  readonly maxTargets: number | null;
  readonly score: StageScore;
  readonly optimizer: OptimizerSettings;
}

declare module '../../job/job.ts' {
  interface JobTypes {
    readonly base: MakesCheckpoint<
      BaseSettings,
      { readonly data: readonly string[]; readonly ids: readonly string[] }
    >;
  }
}

/**
 * Trains the common start of all chains on the first-stage sequences of all domains pooled. It
 * plays the part of the language model that MMGRid starts from: shared, and not tuned to a domain.
 */
async function trainBase(job: JobOf<'base'>, context: JobContext): Promise<CheckpointSource> {
  const { settings, inputs } = job;
  const rows: TokenRow[] = [];
  const held: TokenRow[] = [];
  const semanticIds: Record<string, string> = {};
  for (const [index, domain] of settings.domains.entries()) {
    const idsId = inputs.ids[index];
    if (idsId === undefined) throw new AppError('internal', `The base has no ids of "${domain}".`);
    semanticIds[domain] = idsId;
    const { validation } = settings.optimizer;
    const own = { ...settings, domain, seed: job.seed, idsId, validation };
    const split = await domainRows(context, own);
    rows.push(...split.rows);
    held.push(...split.held);
  }
  const config = modelConfigOf(settings);
  const trained = await trainOn(context, {
    config,
    parameters: initialParameters(config, deriveSeed(job.seed, 'init')),
    rows,
    held,
    optimizer: settings.optimizer,
    seed: deriveSeed(job.seed, 'train/base'),
  });
  return {
    parameters: trained.parameters,
    meta: checkpointMeta(job, context, {
      config,
      vocabulary: settings.vocabulary,
      context: null,
      semanticIds,
      parents: [],
      ...runFacts(trained),
    }),
  };
}

export const baseJob = defineCheckpointJob({
  kind: 'base',
  rank: 4,
  makes: 'checkpoint',
  card: 'The common base',
  model: { role: 'base', name: 'base' },
  run: trainBase,
});
