import { bpeTokenizerFiles } from '../../io/bpe/bpe-tokenizer-files.ts';
import { nameRows } from '../../io/bpe/name-rows.ts';
import { trainBpe } from '../../io/bpe/train-bpe.ts';
import { itemTexts } from '../../rec/text/item-text.ts';
import { TEXT_SPECIAL_TOKENS } from '../../rec/semantic-ids/vocabulary.ts';
import { tokenizerArtefact, type TokenizerArtefact } from '../results/artefacts.ts';
import type { JobOf } from '../job/job.ts';
import { inputImport, type JobContext } from '../work/job-context.ts';
import { defineJob } from '../work/define-job.ts';
import type { ImportedSettings } from '../job/job-settings.ts';

/** Trains a byte-level BPE tokenizer on the texts of all items of all domains, or takes one. */
export type TokenizerSettings =
  | { readonly domains: readonly string[]; readonly tokens: number }
  | ImportedSettings;

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
function trainTokenizer(job: JobOf<'tokenizer'>, context: JobContext): TokenizerArtefact {
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

export const tokenizerJob = defineJob({
  kind: 'tokenizer',
  rank: 3,
  makes: tokenizerArtefact,
  run: trainTokenizer,
});
