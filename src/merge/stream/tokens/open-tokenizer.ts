import { toAppError } from '../../../core/errors.ts';
import { tokenizerVocabulary } from '../../../io/bpe/tokenizer-vocabulary.ts';
import { readJsonSource, type ByteSource } from '../../../io/byte-source.ts';
import type { Vocabulary } from '../../align-vocabulary.ts';
import { neededTokens } from '../../folder/trim-tokenizer.ts';

export const TOKENIZER_FILE = 'tokenizer.json';
export const MAX_TOKENIZER_BYTES = 128 * 2 ** 20;

/** What a merge has to know of a model's tokenizer. */
export interface TokenizerFacts {
  /** Token → row; null where there is no tokenizer.json that can be used. */
  readonly vocabulary: Vocabulary | null;
  /** Why a tokenizer.json that is there cannot be used. */
  readonly fault: string | null;
  /** True where it is no JSON at all, so that nobody can use it. */
  readonly isDamaged: boolean;
  /** Forms of the vocabulary in which tokens are not looked at. */
  readonly otherForms: readonly string[];
  /** Tokens without which it does not work. */
  readonly needed: ReadonlySet<string>;
}

/** Vocabularies of programs that know no tokenizer.json. */
export const OTHER_FORMS = [
  'tokenizer.model',
  'vocab.json',
  'vocab.txt',
  'spiece.model',
  'sentencepiece.bpe.model',
  'tekken.json',
];

export const NO_TOKENIZER: TokenizerFacts = {
  ...{ vocabulary: null, fault: null, isDamaged: false },
  otherForms: [],
  needed: new Set(),
};

/** Reads a tokenizer.json; one that cannot be used only stops merges of vocabularies. */
export async function openTokenizerFacts(
  folder: ReadonlyMap<string, ByteSource>,
): Promise<TokenizerFacts> {
  const file = folder.get(TOKENIZER_FILE);
  if (file === undefined) {
    return { ...NO_TOKENIZER, otherForms: OTHER_FORMS.filter((name) => folder.has(name)) };
  }
  let isDamaged = true;
  try {
    const json = await readJsonSource(file, MAX_TOKENIZER_BYTES);
    isDamaged = false;
    const { ids } = tokenizerVocabulary(json);
    return { ...NO_TOKENIZER, vocabulary: ids, needed: neededTokens(json) };
  } catch (error) {
    const { code, message, faults, hint } = toAppError(error);
    if (code === 'internal' || code === 'data-missing') throw error;
    const [first] = faults;
    const isSaid = first === undefined || message.includes(first.message);
    const why = isSaid ? ` ${hint}`.trimEnd() : ` ${first.place} ${first.message}.`;
    return { ...NO_TOKENIZER, fault: `${message}${why}`, isDamaged };
  }
}
