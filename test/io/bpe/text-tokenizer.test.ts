import { Tokenizer } from '@huggingface/tokenizers';
import { describe, expect, test } from 'vitest';
import { BYTE_CHARACTERS } from '../../../src/io/bpe/byte-alphabet.ts';
import { bpeTokenizerFiles, extendTokenizer } from '../../../src/io/bpe/bpe-tokenizer-files.ts';
import { piecesOf } from '../../../src/io/bpe/pre-tokenizer.ts';
import { openTokenizer } from '../../../src/io/bpe/text-tokenizer.ts';
import { trainBpe } from '../../../src/io/bpe/train-bpe.ts';
import { wordLevelTokenizer } from '../../../src/io/word-level-tokenizer.ts';
import { randomText } from '../../support/random-text.ts';
import { ROLES, texts, bpe, files, extended, json, variant, modelWith } from './tokenizer-files.ts';

const tokenizer = openTokenizer(json, files.tokenizerConfigJson);
const library = new Tokenizer(json, files.tokenizerConfigJson);

/** Merges pair by pair in the order of their ranks: what byte-pair encoding is defined to do. */
function encodeSlowly(text: string): string[] {
  return [...piecesOf(text)].flatMap((piece) => {
    const word = Array.from(
      new TextEncoder().encode(piece),
      (byte) => BYTE_CHARACTERS[byte] as string,
    );
    for (;;) {
      const ranks = word
        .slice(0, -1)
        .map((left, i) => bpe.merges.findIndex(([a, b]) => a === left && b === word[i + 1]));
      const best = Math.min(...ranks.filter((rank) => rank >= 0));
      if (best === Infinity) return word;
      const at = ranks.indexOf(best);
      word.splice(at, 2, `${String(word[at])}${String(word[at + 1])}`);
    }
  });
}

describe('encoding', () => {
  test('equals the library on every text, with added tokens', () => {
    for (let i = 0; i < 3000; i++) {
      const text = randomText(12, i);
      const expected = library.encode(text, { add_special_tokens: false }).ids;
      expect(tokenizer.encode(text, { addedTokens: true }), JSON.stringify(text)).toEqual(expected);
    }
  });

  test('equals merging pair by pair by rank', () => {
    for (let i = 0; i < 150; i++) {
      const text = randomText(13, i);
      const ids = encodeSlowly(text).map((token) => tokenizer.idOf(token));
      expect(tokenizer.encode(text, { addedTokens: false })).toEqual(ids);
    }
  });

  test('comes back as it was, in both modes', () => {
    let control = 0;
    for (let i = 0; i < 3000; i++) {
      const text = randomText(14, i);
      const plain = tokenizer.encode(text, { addedTokens: false });
      const withTokens = tokenizer.encode(text, { addedTokens: true });
      expect(tokenizer.decode(plain)).toBe(text);
      expect(tokenizer.decode(withTokens)).toBe(text);
      expect(plain.filter((id) => id < 3 || id >= 600)).toEqual([]);
      control += withTokens.filter((id) => id < 3 || id >= 600).length;
    }
    expect(control).toBeGreaterThan(100);
  });

  test('a lone surrogate becomes U+FFFD', () => {
    const ids = tokenizer.encode('a\ud800b', { addedTokens: false });
    expect(tokenizer.decode(ids)).toBe('a\ufffdb');
  });

  test('the longest added token wins, and text outside stays text', () => {
    const ids = tokenizer.encode('<a_31><a_3>[ITEM]', { addedTokens: true });
    expect(ids).toEqual([632, 604, 600].map((id) => id));
    expect(tokenizer.encode('<eos>', { addedTokens: true })).toEqual([2]);
    expect(tokenizer.encode('<eos>', { addedTokens: false }).length).toBeGreaterThan(1);
  });

  test('words seldom cached make no difference after many others', () => {
    const first = tokenizer.encode('Game of Thrones', { addedTokens: false });
    for (let i = 0; i < 140_000; i++)
      tokenizer.encode(`x${i.toString(36)}`, { addedTokens: false });
    expect(tokenizer.encode('Game of Thrones', { addedTokens: false })).toEqual(first);
  });
});

describe('decoding', () => {
  test('leaves special tokens out when asked, id tokens never', () => {
    const ids = [1, ...tokenizer.encode('Game<a_3>', { addedTokens: true }), 2];
    expect(tokenizer.decode(ids)).toBe('<bos>Game<a_3><eos>');
    expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe('Game<a_3>');
    expect(tokenizer.decode([])).toBe('');
  });

  test('half a character becomes U+FFFD, an unknown id is an error', () => {
    expect(tokenizer.decode([tokenizer.idOf('ð')])).toBe('\ufffd');
    expect(() => tokenizer.decode([0, 9999])).toThrow('no token 9999');
    expect(() => tokenizer.idOf('<z_1>')).toThrow('no token "<z_1>"');
  });
});

describe('files', () => {
  test('new tokens follow the old ones, known ones keep their ids', () => {
    expect(extended.ids).toEqual(Array.from({ length: 65 }, (_, i) => 600 + i));
    expect(extended.vocabularySize).toBe(665);
    const again = extendTokenizer(json, ['<a_5>', '[NEW]', '<eos>']);
    expect(again.ids).toEqual([606, 665, 2]);
    expect((again.tokenizerJson['added_tokens'] as unknown[]).length).toBe(3 + 65 + 1);
    expect(openTokenizer(again.tokenizerJson).idOf('[NEW]')).toBe(665);
    expect(tokenizer.vocabularySize).toBe(665);
    expect(() => extendTokenizer(json, ['x y', 'x y'])).toThrow(/twice/);
  });

  test('the same training gives the same bytes', () => {
    const other = trainBpe(texts, {
      vocabularySize: 600,
      specialTokens: Object.values(ROLES),
      minFrequency: 2,
    });
    expect(JSON.stringify(bpeTokenizerFiles(other, ROLES, 128))).toBe(JSON.stringify(files));
  });

  test('a role that is no special token is refused', () => {
    expect(() => bpeTokenizerFiles(bpe, { ...ROLES, eos: '</s>' }, 8)).toThrow('"</s>"');
  });
});

describe('other kinds', () => {
  const split = {
    type: 'Split',
    pattern: { Regex: String.raw`(?i:'s|'t)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|\s+(?!\S)|\s+` },
    behavior: 'Isolated',
    invert: false,
  };
  const bytes = {
    type: 'ByteLevel',
    add_prefix_space: false,
    trim_offsets: false,
    use_regex: false,
  };
  const kinds: readonly [string, Record<string, unknown>][] = [
    ['Qwen: NFC first', variant({ normalizer: { type: 'NFC' } })],
    [
      'Llama 3: digits by three, whole words first',
      {
        ...modelWith({ ignore_merges: true }),
        pre_tokenizer: { type: 'Sequence', pretokenizers: [split, bytes] },
      },
    ],
    [
      'GPT-2: bytes and pattern in one',
      variant({
        pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true },
      }),
    ],
    [
      'a prefix space',
      variant({
        pre_tokenizer: {
          type: 'Sequence',
          pretokenizers: [split, { ...bytes, add_prefix_space: true }],
        },
      }),
    ],
    [
      'added tokens that swallow spaces',
      variant({
        added_tokens: [{ id: 2, content: '<eos>', special: true, lstrip: true, rstrip: true }],
      }),
    ],
    [
      'added tokens in the normalised text',
      variant({
        normalizer: { type: 'Lowercase' },
        added_tokens: [{ id: 2, content: '<EOS>', special: false, normalized: true }],
      }),
    ],
  ];

  test.each(kinds)('%s: the ids of the library', (_name, kind) => {
    if (_name.startsWith('added tokens in')) {
      const vocab = (kind['model'] as { vocab: Record<string, number> }).vocab;
      const rest = Object.entries(vocab).filter(([token]) => token !== '<eos>');
      kind['model'] = { ...(kind['model'] as object), vocab: Object.fromEntries(rest) };
    }
    const ours = openTokenizer(kind);
    const theirs = new Tokenizer(kind, {});
    for (let i = 0; i < 500; i++) {
      const text = randomText(15, i);
      const { ids } = theirs.encode(text, { add_special_tokens: false });
      expect(ours.encode(text, { addedTokens: true }), JSON.stringify(text)).toEqual(ids);
    }
  });

  test('the word-level files of the simulator', () => {
    const word = wordLevelTokenizer(['<pad>', '<bos>', '<eos>', '<a_0>', '<a_1>'], 8);
    const opened = openTokenizer(word.tokenizerJson, word.tokenizerConfigJson);
    expect(opened.encode('<bos><a_1><a_0>', { addedTokens: true })).toEqual([1, 4, 3]);
    expect(opened.vocabularySize).toBe(5);
  });
});
