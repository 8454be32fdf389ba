import { describe, expect, it } from 'vitest';
import { extendTokenizer } from '../../../src/io/bpe/bpe-tokenizer-files.ts';
import { nameRows } from '../../../src/io/bpe/name-rows.ts';
import { openTokenizer } from '../../../src/io/bpe/text-tokenizer.ts';
import { tokenizerVocabulary } from '../../../src/io/bpe/tokenizer-vocabulary.ts';

const FLAGS = { single_word: false, lstrip: false, rstrip: false, normalized: false };

function wordLevel(vocab: Record<string, number>, added: Record<string, number> = {}) {
  return {
    version: '1.0',
    added_tokens: Object.entries(added).map(([content, id]) => ({
      id,
      content,
      ...FLAGS,
      special: true,
    })),
    pre_tokenizer: { type: 'WhitespaceSplit' },
    model: { type: 'WordLevel', vocab, unk_token: '[unk]' },
  };
}

interface Files {
  readonly model: { readonly vocab: Readonly<Record<string, number>> };
  readonly added_tokens: readonly { readonly id: number; readonly content: string }[];
}

/**
 * Ids as Hugging Face's tokenizers number them when they read a file: the vocabulary as it stands,
 * added tokens one after the other from its number of entries on (added_vocabulary.rs).
 */
function idsInHuggingFace({ model, added_tokens: added }: Files): Map<string, number> {
  const ids = new Map(Object.entries(model.vocab));
  let next = ids.size;
  for (const { content } of added) {
    if (ids.has(content)) continue;
    ids.set(content, next);
    next += 1;
  }
  return ids;
}

describe('names for rows without a token', () => {
  // 2 and 5 are no token of the vocabulary (5 is an added one), 8 and 9 lie between added ones.
  const json = wordLevel(
    { '[unk]': 0, a: 1, b: 3, c: 4, d: 6 },
    { '<late>': 10, '<in>': 5, '<next>': 7 },
  );
  const named = nameRows(json, 12) as unknown as Files;

  it('leave what there is, and every row has one token', () => {
    const { ids, size } = tokenizerVocabulary(named);
    expect(size).toBe(12);
    expect([...ids.values()].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 12 }, (_, i) => i),
    );
    for (const [name, id] of tokenizerVocabulary(json).ids) expect(ids.get(name), name).toBe(id);
    const tokenizer = openTokenizer(named);
    expect(tokenizer.decode([1, 2, 8])).toMatch(/a\s*<unused_2>\s*<unused_8>/);
    expect(tokenizer.encode('a d <in>', { addedTokens: true })).toEqual([1, 6, 5]);
  });

  it('Hugging Face’s tokenizers give every token the same id', () => {
    expect(idsInHuggingFace(named)).toEqual(tokenizerVocabulary(named).ids);
    // With the holes left open they do not: that is what the names are for.
    expect(idsInHuggingFace(json)).not.toEqual(tokenizerVocabulary(json).ids);
  });

  it('later tokens come after all rows', () => {
    expect(extendTokenizer(named, ['<a_0>', '<a_1>']).ids).toEqual([12, 13]);
  });

  it('no name is given twice', () => {
    const own = nameRows(wordLevel({ '[unk]': 0, '<unused_1>': 2 }), 4);
    expect(Object.fromEntries(tokenizerVocabulary(own).ids)).toEqual({
      '[unk]': 0,
      '<unused_1_>': 1,
      '<unused_1>': 2,
      '<unused_3>': 3,
    });
  });

  it('a tokenizer without holes stays as it is', () => {
    const whole = wordLevel({ '[unk]': 0, a: 1 }, { '<x>': 2 });
    expect(nameRows(whole, 3)).toEqual(whole);
  });
});
