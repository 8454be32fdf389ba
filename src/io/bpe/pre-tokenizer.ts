/**
 * Where text is cut before bytes are merged: contractions, words with their leading space, single
 * digits, runs of other signs, line ends, white space. Qwen2's pattern with the cases written out,
 * because engines differ in what `(?i:…)` covers. Every character belongs to exactly one piece.
 */
const PIECE =
  "'[sS]|'[tT]|'[mM]|'[dD]|'[rR][eE]|'[vV][eE]|'[lL][lL]" +
  '|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+' +
  '|\\p{N}' +
  '| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*' +
  '|\\s*[\\r\\n]+' +
  '|\\s+(?!\\S)' +
  '|\\s+';

/** JavaScript's `\s` takes U+FEFF for white space and U+0085 not; Unicode and Rust do the reverse. */
const PIECE_PATTERN = new RegExp(
  PIECE.replaceAll('[^\\s', '[^\\p{White_Space}')
    .replaceAll('\\s', '\\p{White_Space}')
    .replaceAll('\\S', '\\P{White_Space}'),
  'gu',
);

/** `pre_tokenizer` of the `tokenizer.json`. */
export const PRE_TOKENIZER_JSON = {
  type: 'Sequence',
  pretokenizers: [
    { type: 'Split', pattern: { Regex: PIECE }, behavior: 'Isolated', invert: false },
    { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
  ],
} as const;

/** The pieces of a text in order; joined they are the text. */
export function piecesOf(text: string): readonly string[] {
  return text.match(PIECE_PATTERN) ?? [];
}
