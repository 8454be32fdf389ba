import { AppError } from '../core/errors.ts';

export const PAD_TOKEN = 0;
export const BOS_TOKEN = 1;
export const EOS_TOKEN = 2;
/** Never produced; Hugging Face word-level tokenizers need a name for unknown words. */
export const UNKNOWN_TOKEN = 3;
/** Token of level 0, code 0. */
export const FIRST_ID_TOKEN = 4;

/** Tokens of the semantic-id paradigm. All domains share them, each with its own codebook. */
export interface Vocabulary {
  readonly levels: number;
  readonly codesPerLevel: number;
  /** Rows of the embedding, rounded up. */
  readonly size: number;
}

const MAX_LEVELS = 8;

/**
 * @param multipleOf the size is rounded up to it: 4 suits vec4 kernels, 64 is usual for checkpoints
 * @errors invalid-argument
 */
export function createVocabulary(
  levels: number,
  codesPerLevel: number,
  multipleOf = 4,
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
  const used = FIRST_ID_TOKEN + levels * codesPerLevel;
  return { levels, codesPerLevel, size: Math.ceil(used / multipleOf) * multipleOf };
}

/** Token id of a code at a level. */
export function tokenOf(vocabulary: Vocabulary, level: number, code: number): number {
  return FIRST_ID_TOKEN + level * vocabulary.codesPerLevel + code;
}

/** Rows [start, end) of the embedding that hold semantic-id tokens (restored after a merge). */
export function idTokenRange(vocabulary: Vocabulary): { start: number; end: number } {
  const { levels, codesPerLevel } = vocabulary;
  return { start: FIRST_ID_TOKEN, end: FIRST_ID_TOKEN + levels * codesPerLevel };
}

/** Names in id order: specials, <a_0> … <d_255> by level letter, then unused padding rows. */
export function tokenNames(vocabulary: Vocabulary): string[] {
  const names = ['<pad>', '<bos>', '<eos>', '<unk>'];
  for (let level = 0; level < vocabulary.levels; level++) {
    const letter = String.fromCharCode('a'.charCodeAt(0) + level);
    for (let code = 0; code < vocabulary.codesPerLevel; code++) {
      names.push(`<${letter}_${String(code)}>`);
    }
  }
  while (names.length < vocabulary.size) names.push(`<unused_${String(names.length)}>`);
  return names;
}
