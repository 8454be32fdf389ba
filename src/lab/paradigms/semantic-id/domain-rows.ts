import type { TokenLevels } from '../../../nn/inputs/target-buffers.ts';
import { taskRows } from '../../../rec/rows/semantic-id-tasks.ts';
import { tokenRows, type TokenRow } from '../../../rec/rows/token-rows.ts';
import { vocabularyOf, type VocabularySettings } from '../../checkpoints/model-config.ts';
import type { TaskSettings, ValidationSettings } from '../../job/job-settings.ts';
import type { SettingsOf } from '../../job/job.ts';
import { asArtefact, idsArtefact } from '../../results/artefacts.ts';
import { splitRows, type SplitRows } from '../../work/held-out.ts';
import { deriveSeed, type JobContext } from '../../work/job-context.ts';
import { inputTokenizer, textTokensOf } from '../../work/text-tokens.ts';

export interface RowRequest extends Pick<SettingsOf<'train'>, 'sampling' | 'maxTargets' | 'score'> {
  readonly domain: string;
  readonly period: SettingsOf<'train'>['stage'];
  readonly seed: number;
  readonly vocabulary: VocabularySettings;
  readonly idsId: string;
  /** Rows that choose an epoch are plain sequences of ids. */
  readonly validation?: ValidationSettings | undefined;
  /** Tasks with the items' texts, in the tokens of a tokenizer job. */
  readonly texts?: TaskSettings & { readonly tokenizer: string; readonly maxPositions: number };
}

/** Token rows of one domain and period. @errors data-invalid with the leaks found */
export async function domainRows(
  context: JobContext,
  request: RowRequest,
): Promise<SplitRows<TokenRow>> {
  const data = context.domainData(request.domain);
  const options = {
    ...request.sampling,
    maxTargets: request.maxTargets,
    score: request.score,
    seed: deriveSeed(request.seed, 'targets'),
  };
  const split = splitRows(data, request.period, options, request.validation);
  const { rows } = split;
  const stored: unknown = await context.store.getArtefact(request.idsId);
  const { ids } = asArtefact(idsArtefact, stored, `semantic ids ${request.domain}`);
  const vocabulary = vocabularyOf(request.vocabulary);
  const sequences = tokenRows(rows, ids, vocabulary);
  const held = tokenRows(split.held, ids, vocabulary);
  const { texts } = request;
  if (texts === undefined) return { rows: sequences, held };
  const tokenizer = await inputTokenizer(context, texts.tokenizer);
  const items = { texts: textTokensOf(tokenizer, data, texts.textTokens), ids, vocabulary };
  const tasks = taskRows(data, rows, items, {
    ...texts,
    history: request.sampling.history,
    seed: deriveSeed(request.seed, `tasks/${request.period.name}`),
  });
  return { rows: [...sequences, ...tasks], held };
}

/** The split softmax of a vocabulary's id tokens. */
export function tokenLevels(settings: VocabularySettings, weight: number): TokenLevels {
  const { firstIdToken, levels, codesPerLevel } = vocabularyOf(settings);
  return { first: firstIdToken, levels, codes: codesPerLevel, weight };
}
