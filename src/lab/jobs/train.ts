import type { TokenLevels } from '../../nn/inputs/target-buffers.ts';
import { taskRows } from '../../rec/semantic-ids/semantic-id-tasks.ts';
import { tokenRows, type TokenRow } from '../../rec/rows/token-rows.ts';
import { asArtefact, idsArtefact } from '../results/artefacts.ts';
import type { JobOf } from '../job/job.ts';
import type {
  TaskSettings,
  EmbeddingTraining,
  OptimizerSettings,
  Sampling,
  TitleTraining,
} from '../job/job-settings.ts';
import type { StoredCheckpoint } from '../checkpoints/lab-store.ts';
import { vocabularyOf, type VocabularySettings } from '../checkpoints/model-config.ts';
import { checkpointMeta } from '../work/provenance.ts';
import { checkedRows } from '../work/checked-rows.ts';
import { deriveSeed, inputCheckpoint, inputOf, type JobContext } from '../work/job-context.ts';
import { inputTokenizer, textTokensOf } from './tokenizer.ts';
import { trainEmbedding } from '../paradigms/embedding/train-embedding.ts';
import { trainOn } from '../work/train-on.ts';
import { trainTitles } from '../paradigms/title/train-titles.ts';
import { defineCheckpointJob } from '../work/define-job.ts';
import type { Period } from '../../rec/data/types.ts';

/** Trains one cell from its predecessor, on its own stage's targets only. */
export interface TrainSettings {
  readonly domain: string;
  readonly stage: Period;
  readonly sampling: Sampling;
  readonly maxTargets: number | null;
  readonly score: 'targets' | 'all';
  readonly optimizer: OptimizerSettings;
  /** Absent where the base knows no text, and in other paradigms. */
  readonly tasks?: TaskSettings;
  /** Absent: semantic ids. */
  readonly paradigm?: TitleTraining | EmbeddingTraining;
}

declare module '../job/job.ts' {
  interface JobTypes {
    readonly train: MakesCheckpoint<
      TrainSettings,
      {
        readonly data: string;
        /** Absent in paradigms without ids. */
        readonly ids?: string;
        readonly parent: string;
        readonly tokenizer?: string;
      }
    >;
  }
}

/** Trains one cell of the grid from its predecessor. */
export function train(job: JobOf<'train'>, context: JobContext): Promise<StoredCheckpoint> {
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

async function trainSemanticIds(
  job: JobOf<'train'>,
  context: JobContext,
): Promise<StoredCheckpoint> {
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
  readonly vocabulary: VocabularySettings;
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

export const trainJob = defineCheckpointJob({
  kind: 'train',
  rank: 5,
  makes: 'checkpoint',
  card: 'A cell of the grid',
  run: train,
});
