import { wholeArena } from '../../../core/arena-source.ts';
import { embeddingRows } from '../../../rec/embedding/embedding-rows.ts';
import { trainEmbeddingCell } from '../../../rec/embedding/train-embedding-cell.ts';
import { combineLeakage, rowLeakage } from '../../../rec/rows/leakage.ts';
import type { JobOf } from '../../job/job.ts';
import { ownSettings } from '../../job/job-settings.ts';
import type { CheckpointSource } from '../../checkpoints/lab-store.ts';
import { checkpointMeta } from '../../work/provenance.ts';
import { splitBy } from '../../work/held-out.ts';
import { keepingOf } from '../../work/keep-epochs.ts';
import { refuseLeaks } from '../../work/checked-rows.ts';
import { deriveSeed, inputOf, openInput, type JobContext } from '../../work/job-context.ts';
import { inputTokenizer, textTokensOf } from '../../work/text-tokens.ts';
import { curveHooks, runFacts, untrained } from '../../work/train-on.ts';

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
  const { rows, held } = splitBy(data, stage, optimizer.validation, (period, isHeld) => {
    const isOfStage = stageOnly || isHeld;
    const own = embeddingRows(data, period, { inputs: mostItems, stageOnly: isOfStage });
    refuseLeaks(combineLeakage([rowLeakage(data, period, own, !isOfStage)]));
    return own;
  });
  const { curve, hooks } = curveHooks(context);
  const start = optimizer.epochs === 0 ? null : await wholeArena(parent.parameters);
  const trained =
    start === null
      ? untrained(parent.parameters)
      : await trainEmbeddingCell(
          context.executor,
          {
            config,
            parameters: start,
            rows,
            itemTokens: textTokensOf(await inputTokenizer(context, tokenizerId), data, textTokens),
            held,
            keeping: (layout, measure) =>
              keepingOf(context.executor, optimizer, {
                layout,
                before: start,
                measure,
              }),
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
      ...runFacts({ ...trained, curve }),
    }),
  };
}
