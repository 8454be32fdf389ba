import { bpeTokenizerFiles } from '../../io/bpe/bpe-tokenizer-files.ts';
import { nameRows } from '../../io/bpe/name-rows.ts';
import { openTokenizer, type TextTokenizer } from '../../io/bpe/text-tokenizer.ts';
import { trainBpe } from '../../io/bpe/train-bpe.ts';
import { itemTexts } from '../../rec/text/item-text.ts';
import type { DomainData } from '../../rec/data/types.ts';
import { TEXT_SPECIAL_TOKENS } from '../../rec/semantic-ids/vocabulary.ts';
import { asArtefact, tokenizerArtefact, type TokenizerArtefact } from '../results/artefacts.ts';
import type { JobOf } from '../job/job.ts';
import { inputImport, type JobContext } from '../work/job-context.ts';
import { defineJob } from '../work/define-job.ts';
import type { ImportedSettings } from '../job/job-settings.ts';

/** Trains a byte-level BPE tokenizer on the texts of all items of all domains, or takes one. */
export type TokenizerSettings =
  { readonly domains: readonly string[]; readonly tokens: number } | ImportedSettings;

declare module '../job/job.ts' {
  interface JobTypes {
    readonly tokenizer: MakesArtefact<TokenizerSettings, { readonly data: readonly string[] }>;
  }
}

/** A pair that stands in one text only says nothing about the next. */
const MIN_FREQUENCY = 2;

/** Written into the stored configuration; each exported model puts its own there. */
const MAX_POSITIONS = 512;

/** Trains the byte-level BPE tokenizer of the base on the item texts of all domains, or takes one. */
export function trainTokenizer(job: JobOf<'tokenizer'>, context: JobContext): TokenizerArtefact {
  const { settings } = job;
  if ('imported' in settings) return inputImport(context, settings.imported).tokenizer;
  const { domains, tokens } = settings;
  const texts = domains.flatMap((domain) => itemTexts(context.domainData(domain)));
  const model = trainBpe(texts, {
    vocabularySize: tokens,
    specialTokens: TEXT_SPECIAL_TOKENS,
    minFrequency: MIN_FREQUENCY,
  });
  context.progress(texts.length, texts.length, 'items');
  const roles = { pad: '<pad>', bos: '<bos>', eos: '<eos>' };
  const { tokenizerJson, tokenizerConfigJson } = bpeTokenizerFiles(model, roles, MAX_POSITIONS);
  // Few texts run out of pairs; the ids that later tokens get must not depend on that.
  return {
    tokenizerJson: { ...nameRows(tokenizerJson, tokens) },
    tokenizerConfigJson: { ...tokenizerConfigJson },
  };
}

/** @errors checkpoint-missing, checkpoint-corrupt, data-invalid */
export async function inputTokenizer(context: JobContext, id: string): Promise<TextTokenizer> {
  const stored: unknown = await context.store.getArtefact(id);
  const { tokenizerJson } = asArtefact(tokenizerArtefact, stored, 'tokenizer');
  return openTokenizer(tokenizerJson);
}

/** Tokens of the texts of all items, cut. Special tokens spelt in a title stay characters. */
export function textTokensOf(
  tokenizer: TextTokenizer,
  data: DomainData,
  maxTokens: number,
): number[][] {
  return itemTexts(data).map((text) =>
    tokenizer.encode(text, { addedTokens: false }).slice(0, maxTokens),
  );
}

/** Tokens of all titles, cut. @errors data-invalid for items without a title */
export function titleTokensOf(
  tokenizer: TextTokenizer,
  data: DomainData,
  maxTokens: number,
): number[][] {
  const { domain, itemIds, titles, userIds, timelines } = data;
  return textTokensOf(tokenizer, { domain, itemIds, titles, userIds, timelines }, maxTokens);
}

export const tokenizerJob = defineJob({
  kind: 'tokenizer',
  rank: 3,
  makes: tokenizerArtefact,
  run: trainTokenizer,
});
