import { embeddingRows } from '../../rec/embedding/embedding-rows.ts';
import { trainEmbeddingCell } from '../../rec/embedding/train-embedding-cell.ts';
import { combineLeakage, rowLeakage } from '../../rec/rows/leakage.ts';
import type { TrainJob } from '../plan/job.ts';
import type { EmbeddingTraining } from '../plan/job-settings.ts';
import type { StoredCheckpoint } from '../run/lab-store.ts';
import { checkpointMeta } from '../run/provenance.ts';
import { refuseLeaks } from './checked-rows.ts';
import { deriveSeed, inputCheckpoint, inputOf } from './job-context.ts';
import type { JobContext } from './job-context.ts';
import { inputTokenizer, textTokensOf } from './tokenizer.ts';
import { curveHooks, untrained } from './train-on.ts';

/** Trains one cell of the semantic-embedding paradigm: item and user encoder with InfoNCE. */
export async function trainEmbedding(
  job: TrainJob,
  paradigm: EmbeddingTraining,
  context: JobContext,
): Promise<StoredCheckpoint> {
  const { settings, inputs } = job;
  const { domain, stage, optimizer } = settings;
  const { inputs: mostItems, stageOnly, textTokens } = paradigm;
  const { sequencesPerBatch, negatives, falseNegative } = paradigm;
  const tokenizerId = inputOf(inputs, 'tokenizer');
  const parent = await inputCheckpoint(context, inputs.parent);
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
            parameters: parent.parameters,
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
