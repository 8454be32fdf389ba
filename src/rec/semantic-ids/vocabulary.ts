import { AppError } from '../../core/errors.ts';

export const PAD_TOKEN = 0;
export const BOS_TOKEN = 1;
const EOS_TOKEN = 2;
/** Starts an item's id / an item's title in the tasks that mix the two; only beside text tokens. */
const INDEX_TOKEN = 4;
export const TITLE_TOKEN = 5;
/** Ids of the tokens with a part of their own; an imported tokenizer has others than ours. */
export interface SpecialTokens {
  readonly pad: number;
  readonly bos: number;
  readonly eos: number;
  readonly index: number;
  readonly title: number;
}

/** Of every vocabulary made here; without text the last two are tokens of ids, and unused. */
export const SPECIAL_TOKENS: SpecialTokens = {
  pad: PAD_TOKEN,
  bos: BOS_TOKEN,
  eos: EOS_TOKEN,
  index: INDEX_TOKEN,
  title: TITLE_TOKEN,
};

/**
 * Names of the tokens that every vocabulary starts with, and of those a text vocabulary adds. `<unk>`
 * is never produced; Hugging Face word-level tokenizers need a name for unknown words.
 */
const BASIC_TOKENS = ['<pad>', '<bos>', '<eos>', '<unk>'] as const;
export const TEXT_SPECIAL_TOKENS = [...BASIC_TOKENS, '<index>', '<title>'] as const;

/** Tokens of the semantic-id paradigm. All domains share them, each with its own codebook. */
export interface Vocabulary {
  /** Tokens of text before those of the ids, special ones included; 0: only the basic four. */
  readonly textTokens: number;
  readonly levels: number;
  readonly codesPerLevel: number;
  /** Token of level 0, code 0. */
  readonly firstIdToken: number;
  /** Rows of the embedding, rounded up. */
  readonly size: number;
  readonly special: SpecialTokens;
}

const MAX_LEVELS = 8;

export interface VocabularyOptions {
  /** The size is rounded up to it: 4 suits vec4 kernels, 64 is usual for checkpoints. */
  readonly multipleOf?: number;
  readonly textTokens?: number;
  /** Absent: SPECIAL_TOKENS. */
  readonly special?: SpecialTokens;
}

/** Text alone, as the base language model has it. @param textTokens special ones included */
export function textVocabulary(textTokens: number, special = SPECIAL_TOKENS): Vocabulary {
  const noIds = { levels: 0, codesPerLevel: 0, firstIdToken: textTokens };
  return { textTokens, ...noIds, size: textTokens, special };
}

/** @errors invalid-argument */
export function createVocabulary(
  levels: number,
  codesPerLevel: number,
  { multipleOf = 4, textTokens = 0, special = SPECIAL_TOKENS }: VocabularyOptions = {},
): Vocabulary {
  const usable = (value: number, max: number) =>
    Number.isInteger(value) && value >= 1 && value <= max;
  if (!usable(levels, MAX_LEVELS) || !usable(codesPerLevel, 65_536) || !usable(multipleOf, 4096)) {
    throw new AppError(
      'invalid-argument',
      `No vocabulary has ${String(levels)} levels of ${String(codesPerLevel)} codes.`,
      { hint: `Use 1 to ${String(MAX_LEVELS)} levels and 1 to 65,536 codes.` },
    );
  }
  const firstIdToken = textTokens === 0 ? BASIC_TOKENS.length : textTokens;
  const used = firstIdToken + levels * codesPerLevel;
  const size = Math.ceil(used / multipleOf) * multipleOf;
  return { textTokens, levels, codesPerLevel, firstIdToken, size, special };
}

/** Token id of a code at a level. */
export function tokenOf(vocabulary: Vocabulary, level: number, code: number): number {
  return vocabulary.firstIdToken + level * vocabulary.codesPerLevel + code;
}

/** Rows [start, end) of the embedding that hold semantic-id tokens (restored after a merge). */
export function idTokenRange(vocabulary: Vocabulary): { start: number; end: number } {
  const { levels, codesPerLevel, firstIdToken } = vocabulary;
  return { start: firstIdToken, end: firstIdToken + levels * codesPerLevel };
}

/** Names of the id tokens in order: <a_0> … <d_255> by level letter. */
export function idTokenNames(vocabulary: Vocabulary): string[] {
  const names: string[] = [];
  for (let level = 0; level < vocabulary.levels; level++) {
    const letter = String.fromCharCode('a'.charCodeAt(0) + level);
    for (let code = 0; code < vocabulary.codesPerLevel; code++) {
      names.push(`<${letter}_${String(code)}>`);
    }
  }
  return names;
}

/** Names in id order of a vocabulary without text: basic tokens, ids, then unused padding rows. */
export function tokenNames(vocabulary: Vocabulary): string[] {
  const names: string[] = [...BASIC_TOKENS, ...idTokenNames(vocabulary)];
  while (names.length < vocabulary.size) names.push(`<unused_${String(names.length)}>`);
  return names;
}
