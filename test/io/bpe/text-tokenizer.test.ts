import { Tokenizer } from '@huggingface/tokenizers';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { BYTE_CHARACTERS } from '../../../src/io/bpe/byte-alphabet.ts';
import { bpeTokenizerFiles, extendTokenizer } from '../../../src/io/bpe/bpe-tokenizer-files.ts';
import { piecesOf } from '../../../src/io/bpe/pre-tokenizer.ts';
import { openTokenizer } from '../../../src/io/bpe/text-tokenizer.ts';
import { trainBpe } from '../../../src/io/bpe/train-bpe.ts';
import { wordLevelTokenizer } from '../../../src/io/word-level-tokenizer.ts';
import { randomText } from '../../support/random-text.ts';

const ROLES = { pad: '<pad>', bos: '<bos>', eos: '<eos>' };
const texts = Array.from({ length: 400 }, (_, i) => randomText(11, i));
const bpe = trainBpe(texts, {
  vocabularySize: 600,
  specialTokens: Object.values(ROLES),
  minFrequency: 2,
});
const files = bpeTokenizerFiles(bpe, ROLES, 128);
const idTokens = Array.from({ length: 64 }, (_, code) => `<a_${String(code)}>`);
const extended = extendTokenizer(files.tokenizerJson, ['[ITEM]', ...idTokens]);
// As it comes back from a file.
const json = JSON.parse(JSON.stringify(extended.tokenizerJson)) as Record<string, unknown>;
const tokenizer = openTokenizer(json, files.tokenizerConfigJson);
const library = new Tokenizer(json, files.tokenizerConfigJson);

function variant(changes: Record<string, unknown>): Record<string, unknown> {
  return { ...json, ...changes };
}

function modelWith(changes: Record<string, unknown>): Record<string, unknown> {
  return variant({ model: { ...(json['model'] as object), ...changes } });
}

function errorOf(value: unknown): AppError {
  try {
    openTokenizer(value);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('the tokenizer was accepted');
}

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

describe('bad files', () => {
  const vocab = (json['model'] as { vocab: Record<string, number> }).vocab;
  const without = (token: string) =>
    Object.fromEntries(Object.entries(vocab).filter(([name]) => name !== token));
  const splitting = (pattern: string, changes: Record<string, unknown> = {}): unknown =>
    variant({
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [
          { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', ...changes },
          { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
        ],
      },
    });
  const cases: readonly [string, unknown, RegExp][] = [
    ['no object', [], /no JSON object/],
    ['null', null, /no JSON object/],
    ['no model', variant({ model: undefined }), /cannot be used/],
    ['no vocabulary', modelWith({ vocab: undefined }), /cannot be used/],
    ['an id that is no integer', modelWith({ vocab: { ...vocab, x: 0.5 } }), /cannot be used/],
    ['one id twice', modelWith({ vocab: { ...vocab, zzz: 5 } }), /cannot be used/],
    ['a merge of unknown tokens', modelWith({ merges: ['zzz a'] }), /cannot be used/],
    ['a merge into nothing', modelWith({ merges: ['Ġ Ã'] }), /cannot be used/],
    ['a merge of three', modelWith({ merges: ['a b c'] }), /cannot be used/],
    ['merges left out', modelWith({ merges: undefined }), /cannot be used/],
    ['a byte without token', modelWith({ vocab: without('~'), merges: [] }), /cannot be used/],
    [
      'an added token with another id',
      variant({ added_tokens: [{ id: 7, content: '<eos>' }] }),
      /cannot be used/,
    ],
    [
      'an added token without id',
      variant({ added_tokens: [{ content: '<eos>' }] }),
      /cannot be used/,
    ],
    ['added tokens that are no list', variant({ added_tokens: {} }), /cannot be used/],
    ['a kind that is no name', modelWith({ type: 5 }), /cannot be used/],
    ['a kind that is a list', modelWith({ type: ['BPE'] }), /cannot be used/],
    ['a kind that does not exist', modelWith({ type: 'Gold' }), /cannot be used/],
    ['a pattern that is none', splitting('('), /not supported/],
    ['a behaviour that is a number', splitting('a+', { behavior: 5 }), /not supported/],
    ['a pattern of exponential time', splitting('(a+)+b'), /too slow/],
    ['alternatives that overlap', splitting('(?:x|x)+y'), /too slow/],
    ['a pattern of time to the eighth power', splitting('1*1*1*1*1*1*1*1*b'), /too slow/],
    ['a pattern like a book', splitting(`${'a'.repeat(9000)}+`), /too slow/],
    [
      'a slow pattern in the normaliser',
      variant({
        normalizer: { type: 'Replace', pattern: { Regex: '(\\s+)+z' }, content: '' },
      }),
      /too slow/,
    ],
    ['an unknown pre-tokenizer', variant({ pre_tokenizer: { type: 'Gold' } }), /not supported/],
  ];

  test.each(cases)('%s', (_name, value, message) => {
    const error = errorOf(value);
    expect(error.code).toBe('data-invalid');
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(/Nothing was loaded/);
    expect(error.faults.length).toBeGreaterThan(0);
  });

  test('patterns of published models are fast', () => {
    for (const pattern of [
      // GPT-2, o200k, Tekken, DeepSeek and BLOOM.
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
      '[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+',
      '\\p{N}{1,3}|[一-龥぀-ゟ゠-ヿ]+',
    ]) {
      expect(
        openTokenizer(splitting(pattern)).encode('two words', { addedTokens: false }),
      ).not.toEqual([]);
    }
  });

  test('words outside of a vocabulary are its unknown token, or an error, never null', () => {
    const words = (unknown: Record<string, unknown>): unknown => ({
      pre_tokenizer: { type: 'WhitespaceSplit' },
      model: { type: 'WordLevel', vocab: { '[unk]': 0, red: 1, ink: 2 }, ...unknown },
    });
    const encode = (json: unknown, config = {}): number[] =>
      openTokenizer(json, config).encode('red blue ink', { addedTokens: false });
    expect(encode(words({ unk_token: '[unk]' }))).toEqual([1, 0, 2]);
    const config = { unk_token: { content: '[unk]' } };
    expect(encode(words({ unk_token: '[unk]' }), config)).toEqual([1, 0, 2]);
    expect(() => encode(words({}))).toThrow(/no tokens for a part of a text/);
    expect(() => encode(words({ unk_token: 'none' }))).toThrow(/no tokens for a part of a text/);
  });

  test('faults say where', () => {
    expect(errorOf(modelWith({ vocab: without('~'), merges: [] })).faults[0]?.message).toMatch(
      /no token for the byte 126/,
    );
    expect(errorOf(modelWith({ vocab: { ...vocab, zzz: 5 } })).faults[0]).toEqual({
      place: 'tokenizer.json: id 5',
      message: expect.stringMatching(/belongs to ".*" and to "zzz"/) as string,
    });
  });

  test('"constructor" and "__proto__" are tokens like any other', () => {
    const text = JSON.stringify(modelWith({})).replace(
      '"vocab":{',
      '"vocab":{"__proto__":900,"constructor":901,',
    );
    const opened = openTokenizer(JSON.parse(text));
    expect([opened.idOf('__proto__'), opened.idOf('constructor')]).toEqual([900, 901]);
    expect(opened.vocabularySize).toBe(902);
  });
});
