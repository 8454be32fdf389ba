import { openTokenizer, type TextTokenizer } from '../../io/bpe/text-tokenizer.ts';
import type { DomainData } from '../../rec/data/types.ts';
import { itemTexts } from '../../rec/text/item-text.ts';
import { asArtefact, tokenizerArtefact } from '../results/artefacts.ts';
import type { JobContext } from './job-context.ts';

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
