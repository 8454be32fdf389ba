import { AppError } from '../../core/errors.ts';
import { combineLeakage, rowLeakage } from '../../rec/leakage.ts';
import type { LeakageReport } from '../../rec/leakage.ts';
import { taskRows } from '../../rec/semantic-id-tasks.ts';
import { tokenRows } from '../../rec/token-rows.ts';
import type { TokenRow } from '../../rec/token-rows.ts';
import { trainCell } from '../../rec/train-cell.ts';
import { trainingRows } from '../../rec/training-rows.ts';
import type { TrainingRow, TrainingRowOptions } from '../../rec/training-rows.ts';
import type { DomainData, Period } from '../../rec/types.ts';
import type { TokenLevels } from '../../nn/target-buffers.ts';
import type { ModelConfig } from '../../nn/config.ts';
import { asArtefact, idsArtefact } from '../artefacts.ts';
import type { LossCurve } from '../checkpoint-meta.ts';
import type {
  BaseSettings,
  OptimizerSettings,
  TaskSettings,
  TrainJob,
  TrainSettings,
} from '../job.ts';
import { inputTokenizer, textTokensOf } from './tokenizer.ts';
import type { StoredCheckpoint } from '../lab-store.ts';
import { vocabularyOf, type VocabularySettings } from '../model-config.ts';
import { checkpointMeta } from '../provenance.ts';
import { deriveSeed, inputCheckpoint } from './job-context.ts';
import type { JobContext } from './job-context.ts';

/** Trains one cell of the grid from its predecessor. */
export async function train(job: TrainJob, context: JobContext): Promise<StoredCheckpoint> {
  const { settings, inputs } = job;
  const { domain, stage } = settings;
  const parent = await inputCheckpoint(context, inputs.parent);
  const { config, vocabulary } = parent.meta;
  const { tasks } = settings;
  const rows = await domainRows(context, {
    ...settings,
    seed: job.seed,
    period: stage,
    vocabulary,
    idsId: inputs.ids,
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
      semanticIds: { [domain]: inputs.ids },
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

/**
 * Training rows of a period, checked against the raw timelines: a model that saw the future is
 * worse than none.
 * @errors data-invalid with the leaks found
 */
export function checkedRows(
  data: DomainData,
  period: Period,
  options: TrainingRowOptions,
): TrainingRow[] {
  const rows = trainingRows(data, period, options);
  refuseLeaks(combineLeakage([rowLeakage(data, period, rows)]));
  return rows;
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

function tokenLevels(settings: VocabularySettings, weight: number): TokenLevels {
  const { firstIdToken, levels, codesPerLevel } = vocabularyOf(settings);
  return { first: firstIdToken, levels, codes: codesPerLevel, weight };
}

export interface TrainingRun {
  readonly config: ModelConfig;
  readonly parameters: Float32Array<ArrayBuffer>;
  readonly rows: readonly TokenRow[];
  readonly optimizer: OptimizerSettings;
  readonly seed: number;
  /** Split softmax of id tokens; absent: one softmax over all tokens. */
  readonly levels?: TokenLevels;
}

/** One training run with its loss curve reported; zero epochs leave the parameters as they are. */
export async function trainOn(
  context: JobContext,
  { config, parameters, rows, optimizer, seed, levels }: TrainingRun,
): Promise<{ parameters: Float32Array<ArrayBuffer>; steps: number; curve: LossCurve }> {
  const curve = { steps: [] as number[], losses: [] as number[], gradNorms: [] as number[] };
  if (optimizer.epochs === 0) return { parameters: parameters.slice(), steps: 0, curve };
  const trained = await trainCell(
    context.executor,
    { config, parameters, rows, settings: { ...optimizer, seed }, ...(levels && { levels }) },
    {
      signal: context.signal,
      onProgress: ({ done, total, steps, losses, gradNorms }) => {
        curve.steps.push(...steps);
        curve.losses.push(...losses);
        curve.gradNorms.push(...gradNorms);
        context.progress(done, total, 'steps');
        if (steps.length > 0) {
          context.loss({ steps: [...steps], losses: [...losses], gradNorms: [...gradNorms] });
        }
      },
    },
  );
  return { parameters: trained.parameters, steps: trained.steps, curve };
}

function refuseLeaks(report: LeakageReport): void {
  if (report.count === 0) return;
  throw new AppError(
    'data-invalid',
    `${String(report.count)} training rows hold interactions of the future.`,
    { hint: 'Nothing was trained on them. Check the dates of the stages.', faults: report.faults },
  );
}
