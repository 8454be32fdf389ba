import { wholeArena } from '../../../core/arena-source.ts';
import { encodeItems } from '../../../rec/embedding/encode-items.ts';
import { embeddingRows } from '../../../rec/embedding/embedding-rows.ts';
import { rankByEmbedding } from '../../../rec/embedding/rank-by-embedding.ts';
import { trainEmbeddingCell } from '../../../rec/embedding/train-embedding-cell.ts';
import type { KeepingFor } from '../../../rec/training/epoch-choice.ts';
import { combineLeakage, rowLeakage } from '../../../rec/rows/leakage.ts';
import type { JobOf } from '../../job/job.ts';
import { ownSettings } from '../../job/job-settings.ts';
import type { CheckpointSource } from '../../checkpoints/lab-store.ts';
import { checkpointMeta } from '../../work/provenance.ts';
import { splitBy } from '../../work/held-out.ts';
import { HELD_CUTOFF, heldNdcg } from '../../work/held-ndcg.ts';
import { keepingOf } from '../../work/keep-epochs.ts';
import { refuseLeaks } from '../../work/checked-rows.ts';
import { deriveSeed, inputOf, openInput, type JobContext } from '../../work/job-context.ts';
import { inputTokenizer, textTokensOf } from '../../work/text-tokens.ts';
import { encoderConfigOf, itemVectorsOf } from './encoder-config.ts';
import { runFacts, trainWithCurve, untrained } from '../../work/train-on.ts';

/** Trains one cell of the semantic-embedding paradigm: item and user encoder with InfoNCE. */
export async function trainEmbedding(
  job: JobOf<'train'>,
  context: JobContext,
): Promise<CheckpointSource> {
  const { settings, inputs } = job;
  const { domain, stage, optimizer } = settings;
  const training = ownSettings(settings.paradigm, 'embedding');
  const { inputs: mostItems, stageOnly, textTokens } = training;
  const { sequencesPerBatch, negatives, falseNegative, mask, inBatch, keepsHistory } = training;
  const tokenizerId = inputOf(inputs, 'tokenizer');
  const parent = await openInput(context, inputs.parent);
  const { meta } = parent;
  const { vocabulary } = meta;
  const config = encoderConfigOf(meta);
  const data = context.domainData(domain);
  const { rows, held } = splitBy(data, stage, optimizer.validation, (period, isHeld) => {
    const isOfStage = stageOnly || isHeld;
    const own = embeddingRows(data, period, { inputs: mostItems, stageOnly: isOfStage });
    refuseLeaks(combineLeakage([rowLeakage(data, period, own, !isOfStage)]));
    return own;
  });
  const start = optimizer.epochs === 0 ? null : await wholeArena(parent.parameters);
  const { executor } = context;
  const train = async (start: Float32Array<ArrayBuffer>) => {
    const itemTokens = textTokensOf(await inputTokenizer(context, tokenizerId), data, textTokens);
    const rank = heldNdcg(held, async (parameters: Float32Array<ArrayBuffer>, samples) => {
      const model = { config, parameters };
      const itemVectors = await encodeItems(executor, { ...model, itemTokens });
      const maskHistory = keepsHistory !== true;
      const options = { length: HELD_CUTOFF, inputs: mostItems, maskHistory };
      return rankByEmbedding(executor, { ...model, itemVectors, samples, ...options });
    });
    const cell = {
      ...{ config, parameters: start, rows, itemTokens, held },
      keeping: (...[layout, measure]: Parameters<KeepingFor>) =>
        keepingOf(executor, optimizer, { layout, before: start, measure, rank }),
      settings: {
        ...optimizer,
        ...{ sequencesPerBatch, negatives, falseNegative },
        ...(mask && { mask }),
        ...(inBatch && { inBatch }),
        seed: deriveSeed(job.seed, `train/${domain}/${stage.name}`),
      },
    };
    return trainWithCurve(context, (hooks) => trainEmbeddingCell(executor, cell, hooks));
  };
  const trained = start === null ? untrained(parent.parameters) : await train(start);
  return {
    parameters: trained.parameters,
    meta: checkpointMeta(job, context, {
      config: meta.config,
      ...itemVectorsOf(meta),
      paradigm: 'embedding',
      vocabulary,
      tokenizer: tokenizerId,
      context: { domain, stage: stage.name },
      semanticIds: {},
      parents: [{ role: 'predecessor', id: inputs.parent }],
      ...runFacts(trained),
    }),
  };
}
