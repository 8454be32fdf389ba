import { wholeArena } from '../../../core/arena-source.ts';
import { embeddingRows } from '../../../rec/embedding/embedding-rows.ts';
import { trainEmbeddingCell } from '../../../rec/embedding/train-embedding-cell.ts';
import { combineLeakage, rowLeakage } from '../../../rec/rows/leakage.ts';
import type { JobOf } from '../../job/job.ts';
import { ownSettings } from '../../job/job-settings.ts';
import type { CheckpointSource } from '../../checkpoints/lab-store.ts';
import { checkpointMeta } from '../../work/provenance.ts';
import { refuseLeaks } from '../../work/checked-rows.ts';
import { deriveSeed, inputOf, openInput, type JobContext } from '../../work/job-context.ts';
import { inputTokenizer, textTokensOf } from '../../work/text-tokens.ts';
import { curveHooks, untrained } from '../../work/train-on.ts';

/** Trains one cell of the semantic-embedding paradigm: item and user encoder with InfoNCE. */
export async function trainEmbedding(
  job: JobOf<'train'>,
  context: JobContext,
): Promise<CheckpointSource> {
  const { settings, inputs } = job;
  const { domain, stage, optimizer } = settings;
  const training = ownSettings(settings.paradigm, 'embedding');
  const { inputs: mostItems, stageOnly, textTokens } = training;
  const { sequencesPerBatch, negatives, falseNegative } = training;
  const tokenizerId = inputOf(inputs, 'tokenizer');
  const parent = await openInput(context, inputs.parent);
  const { config, vocabulary } = parent.meta;
  const data = context.domainData(domain);
  const rows = embeddingRows(data, stage, { inputs: mostItems, stageOnly });
  refuseLeaks(combineLeakage([rowLeakage(data, stage, rows, !stageOnly)]));
  const { curve, hooks } = curveHooks(context);
  const trained =
    optimizer.epochs === 0
      ? untrained(parent.parameters)
      : await trainEmbeddingCell(
          context.executor,
          {
            config,
            parameters: await wholeArena(parent.parameters),
            rows,
            itemTokens: textTokensOf(await inputTokenizer(context, tokenizerId), data, textTokens),
            settings: {
              ...optimizer,
              sequencesPerBatch,
              negatives,
              falseNegative,
              seed: deriveSeed(job.seed, `train/${domain}/${stage.name}`),
            },
          },
          hooks,
        );
  return {
    parameters: trained.parameters,
    meta: checkpointMeta(job, context, {
      config,
      paradigm: 'embedding',
      vocabulary,
      tokenizer: tokenizerId,
      context: { domain, stage: stage.name },
      semanticIds: {},
      parents: [{ role: 'predecessor', id: inputs.parent }],
      steps: trained.steps,
      curve,
    }),
  };
}
