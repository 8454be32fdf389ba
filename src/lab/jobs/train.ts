import type { TokenLevels } from '../../nn/inputs/target-buffers.ts';
import { taskRows } from '../../rec/rows/semantic-id-tasks.ts';
import { tokenRows } from '../../rec/rows/token-rows.ts';
import type { TokenRow } from '../../rec/rows/token-rows.ts';
import { asArtefact, idsArtefact } from '../results/artefacts.ts';
import type { TrainJob } from '../plan/job.ts';
import type { BaseSettings, TaskSettings, TrainSettings } from '../plan/job-settings.ts';
import type { StoredCheckpoint } from '../run/lab-store.ts';
import { vocabularyOf, type VocabularySettings } from '../plan/model-config.ts';
import { checkpointMeta } from '../run/provenance.ts';
import { checkedRows } from './checked-rows.ts';
import { deriveSeed, inputCheckpoint, inputOf } from './job-context.ts';
import type { JobContext } from './job-context.ts';
import { inputTokenizer, textTokensOf } from './tokenizer.ts';
import { trainEmbedding } from './train-embedding.ts';
import { trainOn } from './train-on.ts';
import { trainTitles } from './train-titles.ts';

/** Trains one cell of the grid from its predecessor. */
export function train(job: TrainJob, context: JobContext): Promise<StoredCheckpoint> {
  const { paradigm } = job.settings;
  switch (paradigm?.kind) {
    case undefined:
      return trainSemanticIds(job, context);
    case 'title':
      return trainTitles(job, paradigm, context);
    case 'embedding':
      return trainEmbedding(job, paradigm, context);
  }
}

async function trainSemanticIds(job: TrainJob, context: JobContext): Promise<StoredCheckpoint> {
  const { settings, inputs } = job;
  const idsId = inputOf(inputs, 'ids');
  const { domain, stage } = settings;
  const parent = await inputCheckpoint(context, inputs.parent);
  const { config, vocabulary } = parent.meta;
  const { tasks } = settings;
  const rows = await domainRows(context, {
    ...settings,
    seed: job.seed,
    period: stage,
    vocabulary,
    idsId,
    ...(tasks !== undefined &&
      inputs.tokenizer !== undefined && {
        texts: { ...tasks, tokenizer: inputs.tokenizer, maxPositions: config.maxPositions },
      }),
  });
  const trained = await trainOn(context, {
    config,
    parameters: parent.parameters,
    rows,
    optimizer: settings.optimizer,
    seed: deriveSeed(job.seed, `train/${domain}/${stage.name}`),
    ...(tasks?.splitSoftmax === true && { levels: tokenLevels(vocabulary, tasks.idWeight) }),
  });
  return {
    parameters: trained.parameters,
    meta: checkpointMeta(job, context, {
      config,
      vocabulary,
      ...(parent.meta.tokenizer !== undefined && { tokenizer: parent.meta.tokenizer }),
      context: { domain, stage: stage.name },
      semanticIds: { [domain]: idsId },
      parents: [{ role: 'predecessor', id: inputs.parent }],
      steps: trained.steps,
      curve: trained.curve,
    }),
  };
}

export interface RowRequest extends Pick<TrainSettings, 'sampling' | 'maxTargets' | 'score'> {
  readonly domain: string;
  readonly period: TrainSettings['stage'];
  readonly seed: number;
  readonly vocabulary: BaseSettings['vocabulary'];
  readonly idsId: string;
  /** Tasks with the items' texts, in the tokens of a tokenizer job. */
  readonly texts?: TaskSettings & { readonly tokenizer: string; readonly maxPositions: number };
}

/** Token rows of one domain and period. @errors data-invalid with the leaks found */
export async function domainRows(context: JobContext, request: RowRequest): Promise<TokenRow[]> {
  const data = context.domainData(request.domain);
  const rows = checkedRows(data, request.period, {
    ...request.sampling,
    maxTargets: request.maxTargets,
    score: request.score,
    seed: deriveSeed(request.seed, 'targets'),
  });
  const stored: unknown = await context.store.getArtefact(request.idsId);
  const { ids } = asArtefact(idsArtefact, stored, `semantic ids ${request.domain}`);
  const vocabulary = vocabularyOf(request.vocabulary);
  const sequences = tokenRows(rows, ids, vocabulary);
  const { texts } = request;
  if (texts === undefined) return sequences;
  const tokenizer = await inputTokenizer(context, texts.tokenizer);
  const items = { texts: textTokensOf(tokenizer, data, texts.textTokens), ids, vocabulary };
  const tasks = taskRows(data, rows, items, {
    ...texts,
    history: request.sampling.history,
    seed: deriveSeed(request.seed, `tasks/${request.period.name}`),
  });
  return [...sequences, ...tasks];
}

/** The split softmax of a vocabulary's id tokens. */
export function tokenLevels(settings: VocabularySettings, weight: number): TokenLevels {
  const { firstIdToken, levels, codesPerLevel } = vocabularyOf(settings);
  return { first: firstIdToken, levels, codes: codesPerLevel, weight };
}
