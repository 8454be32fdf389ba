import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { openTokenizer } from '../../../src/io/bpe/text-tokenizer.ts';
import { json, variant, modelWith } from './tokenizer-files.ts';

function errorOf(value: unknown): AppError {
  try {
    openTokenizer(value);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('the tokenizer was accepted');
}

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
