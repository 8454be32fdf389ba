import { BYTE_CHARACTERS } from '../../src/io/bpe/byte-alphabet.ts';
import { bpeTokenizerFiles } from '../../src/io/bpe/bpe-tokenizer-files.ts';
import type { TokenizerFiles } from '../../src/io/word-level-tokenizer.ts';
import { RandomStream } from '../../src/core/rng.ts';

const CONSONANTS = [...'bcdfghjklmnpqrstvwxz'];
const VOWELS = [...'aeiouy'];

/** The byte alphabet's character of a space. */
const SPACE = BYTE_CHARACTERS[0x20] ?? '';

/** Parts that three of the added tokens play, as in Qwen3; nothing begins a text there. */
const ROLES = { pad: '<|endoftext|>', bos: '<|endoftext|>', eos: '<|im_end|>' };
const NAMED = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];

/**
 * A byte-level BPE tokenizer of so many ids with invented merges: letters become syllables,
 * syllables words of two and three. The added tokens come last, as in Qwen3.
 */
export function inventedTokenizer(
  tokens: number,
  addedTokens: number,
  maxPositions: number,
  seed: number,
): TokenizerFiles {
  const special = Array.from(
    { length: addedTokens },
    (_, index) => NAMED[index] ?? `<|extra_${String(index - NAMED.length)}|>`,
  );
  const merges = inventedMerges(tokens - addedTokens - BYTE_CHARACTERS.length, seed);
  const merged = merges.map(([left, right]) => left + right);
  const model = {
    specialTokens: special,
    tokens: [...BYTE_CHARACTERS, ...merged, ...special],
    merges,
  };
  const { tokenizerJson, tokenizerConfigJson } = bpeTokenizerFiles(model, ROLES, maxPositions);
  const added = tokenizerJson['added_tokens'] as readonly Record<string, unknown>[];
  const first = tokens - addedTokens;
  return {
    tokenizerJson: {
      ...tokenizerJson,
      added_tokens: added.map((token, index) => ({ ...token, id: first + index })),
    },
    tokenizerConfigJson: { ...tokenizerConfigJson, bos_token: null },
  };
}

/** So many different pairs, each of tokens that stand before it. */
function inventedMerges(count: number, seed: number): (readonly [string, string])[] {
  const syllables = CONSONANTS.flatMap((first) => VOWELS.map((second) => [first, second] as const));
  const names = syllables.map(([first, second]) => first + second);
  const merges: (readonly [string, string])[] = [
    ...syllables,
    ...names.map((name) => [SPACE, name] as const),
    ...names.flatMap((first) => names.map((second) => [SPACE + first, second] as const)),
    ...names.flatMap((first) => names.map((second) => [first, second] as const)),
  ];
  const pairs = names.length ** 2;
  const threes = pairs * names.length;
  const random = new RandomStream(seed, 'words of three syllables');
  const chosen = new Set<number>();
  while (merges.length + chosen.size < count) chosen.add(random.nextInt(threes));
  for (const place of chosen) {
    const first = names[Math.floor(place / pairs)] ?? '';
    const second = names[Math.floor((place % pairs) / names.length)] ?? '';
    merges.push([SPACE + first + second, names[place % names.length] ?? '']);
  }
  return merges.slice(0, count);
}
