import {
  initialBehaviour,
  type BehaviourConfig,
} from '../../../../nn/behaviour-model/behaviour-layout.ts';
import { alignBehaviour, type TableAlignment } from '../../../../rec/behaviour/align-behaviour.ts';
import type { BehaviourDomain } from '../../../../rec/behaviour/behaviour-types.ts';
import { checkAligned } from '../../../../rec/behaviour/check-aligned.ts';
import type { ItemBlock } from '../../../../rec/behaviour/next-item-batches.ts';
import { pretrainBehaviour } from '../../../../rec/behaviour/pretrain-behaviour.ts';
import { behaviourConfig, behaviourDataIn } from '../behaviour-source.ts';
import type { JobOf } from '../../../job/job.ts';
import type { CheckpointSource } from '../../../checkpoints/lab-store.ts';
import { checkpointMeta } from '../../../work/provenance.ts';
import { deriveSeed, inputBehaviour, type JobContext } from '../../../work/job-context.ts';
import { keepingOf } from '../../../work/keep-epochs.ts';
import { runFacts, trainWithCurve, untrained } from '../../../work/train-on.ts';
import { splitSequences } from './held-clicks.ts';
import { GPSD_BETAS, behaviourMeta } from '../behaviour-meta.ts';
import { defineCheckpointJob } from '../../../work/define-job.ts';
import type { BehaviourSizes } from '../../../experiment/behaviour-sizes.ts';
import type { ClickOptimizer } from './click-settings.ts';

/** Next-item pretraining on the sequences of all domains: the sparse and dense start of transfers. */
export interface PretrainSettings {
  /** Digest of the model from files that it starts from; absent: random weights. */
  readonly imported?: string;
  readonly sizes: BehaviourSizes;
  readonly history: number;
  readonly sequencesPerBatch: number;
  /** 0: full softmax. */
  readonly negatives: number;
  /** Absent: negatives come from the items of all domains. */
  readonly negativesFrom?: 'domain';
  readonly optimizer: ClickOptimizer;
}

declare module '../../../job/job.ts' {
  interface JobTypes {
    readonly pretrain: MakesCheckpoint<PretrainSettings, { readonly data: string }>;
  }
}

/** Next-item pretraining, or a model from files, on the sequences of all domains, which hold no target of an impression. */
export async function pretrain(
  job: JobOf<'pretrain'>,
  context: JobContext,
): Promise<CheckpointSource> {
  const { settings, inputs, seed } = job;
  const { sizes, history, sequencesPerBatch, negatives, negativesFrom, optimizer } = settings;
  const { vocabulary, domains } = behaviourDataIn(context);
  const config = behaviourConfig(sizes, vocabulary, history, null);
  const { parameters, alignment } = startOf(job, context, config);
  const trained =
    optimizer.epochs === 0
      ? untrained(parameters)
      : await trainWithCurve(context, (hooks) =>
          pretrainBehaviour(
            context.executor,
            {
              config,
              parameters,
              vocabulary,
              ...splitSequences(domains, optimizer.validation),
              keeping: (layout, measure) =>
                keepingOf(context.executor, optimizer, { layout, before: parameters, measure }),
              settings: {
                ...optimizer,
                betas: GPSD_BETAS,
                history,
                sequencesPerBatch,
                negatives,
                ...(negativesFrom === 'domain' && { blocks: blocksOf(domains) }),
                seed: deriveSeed(seed, 'pretrain'),
              },
            },
            hooks,
          ),
        );
  return {
    parameters: trained.parameters,
    meta: checkpointMeta(job, context, {
      ...behaviourMeta({
        config,
        hasHead: false,
        data: inputs.data,
        ...(alignment !== null && { alignment }),
      }),
      context: null,
      parents: [],
      ...runFacts(trained),
    }),
  };
}

/** The rows of every domain's items, one domain after the other. */
function blocksOf(domains: readonly Pick<BehaviourDomain, 'report'>[]): ItemBlock[] {
  let firstRow = 1;
  return domains.map(({ report: { items } }) => {
    const block = { firstRow, items };
    firstRow += items;
    return block;
  });
}

/** Random weights, or those of the files on the rows that these data share with them. */
function startOf(
  { settings, seed }: JobOf<'pretrain'>,
  context: JobContext,
  config: BehaviourConfig,
): {
  readonly parameters: Float32Array<ArrayBuffer>;
  readonly alignment: readonly TableAlignment[] | null;
} {
  const parameters = initialBehaviour(config, false, deriveSeed(seed, 'init'));
  if (settings.imported === undefined) return { parameters, alignment: null };
  const { checkpoint } = inputBehaviour(context, settings.imported);
  const { vocabulary } = behaviourDataIn(context);
  const aligned = alignBehaviour(checkpoint, { config, vocabulary, parameters });
  checkAligned(aligned.tables);
  return { parameters: aligned.parameters, alignment: aligned.tables };
}

export const pretrainJob = defineCheckpointJob({
  kind: 'pretrain',
  rank: 4,
  makes: 'checkpoint',
  card: 'A transformer over behaviour sequences, pretrained on the next item',
  model: { role: 'base', name: 'pretrained' },
  run: pretrain,
});
