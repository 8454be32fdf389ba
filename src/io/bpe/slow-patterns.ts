import { AppError } from '../../core/errors.ts';
import { PRE_TOKENIZER_JSON } from './pre-tokenizer.ts';

/**
 * Lengths up to that of an item text that is tokenised. One by one at first: where the time doubles with
 * every character, the first length that is too slow is only a little so.
 */
const LENGTHS = [
  ...Array.from({ length: 29 }, (_, index) => 8 + index),
  ...[40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 300],
];
/** A text of these lengths takes well below a millisecond with a sound pattern. */
const MOST_MS = 100;
/** A busy machine may stop us in the middle of one, though not for so long. */
const TRIES = 3;
const CERTAIN_MS = 2000;
const MOST_CHARACTERS = 16;
const MOST_PATTERN_CHARS = 8192;
/** Letters, digits, marks and white space: what patterns are made of. */
const ALWAYS = ['a', 'A', ' ', '1', '.', '\n', "'"];

/** Patterns of published models; what they cost is known. */
const KNOWN: ReadonlySet<string> = new Set([
  ...PRE_TOKENIZER_JSON.pretokenizers.flatMap((step) =>
    'pattern' in step ? [step.pattern.Regex] : [],
  ),
  // Qwen 2 and 3, then Llama 3.
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
]);

/**
 * Refuses a tokenizer whose patterns take absurd time: engines try every way a repeated group can
 * match, so that `(a+)+b` takes a minute on 28 characters. There is no way to stop one, so growing
 * texts of one character are tried until the time of one tells.
 * @errors data-invalid
 */
export function refuseSlowPatterns(tokenizerJson: unknown, encode: (text: string) => void): void {
  const patterns = patternsOf(tokenizerJson, 0).filter((pattern) => !KNOWN.has(pattern));
  if (patterns.length === 0) return;
  const longest = patterns.find((pattern) => pattern.length > MOST_PATTERN_CHARS);
  if (longest !== undefined) {
    throw refused(`is ${String(longest.length)} characters long: ${longest.slice(0, 60)}…`);
  }
  for (const character of charactersOf(patterns)) {
    for (const length of LENGTHS) {
      const text = `${character.repeat(length)}\u{1}`;
      if (!takesLong(text, encode)) continue;
      throw refused(
        `takes longer than ${String(MOST_MS)} ms for ${String(length)} times ` +
          `${JSON.stringify(character)}: ${patterns.join(' and ').slice(0, 200)}`,
      );
    }
  }
}

function takesLong(text: string, encode: (text: string) => void): boolean {
  for (let tried = 0; tried < TRIES; tried++) {
    const start = performance.now();
    encode(text);
    const took = performance.now() - start;
    if (took < MOST_MS) return false;
    if (took > CERTAIN_MS) return true;
  }
  return true;
}

/** Regular expressions of normalizer, pre-tokenizer and decoder. */
function patternsOf(value: unknown, depth: number): string[] {
  if (typeof value !== 'object' || value === null || depth > 16) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    // The vocabulary has no patterns and a hundred thousand entries.
    if (key === 'model' || key === 'added_tokens') return [];
    return key === 'Regex' && typeof inner === 'string' ? [inner] : patternsOf(inner, depth + 1);
  });
}

/** Characters of the patterns themselves, after those that every text has. */
function charactersOf(patterns: readonly string[]): string[] {
  const own = [...patterns.join('')].filter((character) => !/[\\()[\]{}|*+?^$]/.test(character));
  return [...new Set([...ALWAYS, ...own])].slice(0, MOST_CHARACTERS);
}

function refused(message: string): AppError {
  return new AppError('data-invalid', 'This tokenizer.json holds a pattern that is too slow.', {
    hint: 'Take the tokenizer.json that belongs to the model. Nothing was loaded.',
    faults: [{ place: 'tokenizer.json: pattern', message }],
  });
}
