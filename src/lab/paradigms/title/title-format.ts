import type { TextTokenizer } from '../../../io/bpe/text-tokenizer.ts';
import type { DomainData } from '../../../rec/data/types.ts';
import type { TitleFormat } from '../../../rec/rows/title-rows.ts';
import type { Vocabulary } from '../../../rec/semantic-ids/vocabulary.ts';
import { titleTokensOf } from '../../work/text-tokens.ts';
import type { TitleTraining } from './settings.ts';

/** Titles end with the end token; a prompt leaves room for one title more within the positions. */
export function titleFormat(
  tokenizer: TextTokenizer,
  data: DomainData,
  { positions, titleTokens }: TitleTraining,
  { special }: Vocabulary,
): TitleFormat {
  return {
    itemTokens: titleTokensOf(tokenizer, data, titleTokens),
    separator: special.eos,
    bos: special.bos,
    promptPositions: positions - titleTokens - 1,
  };
}
