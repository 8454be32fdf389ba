import { describe, expect, it } from 'vitest';
import { neededTokens, trimTokenizer } from '../../../src/merge/folder/trim-tokenizer.ts';

describe('a tokenizer without its last tokens', () => {
  it('of Unigram ends its list, of WordPiece its map', () => {
    const pairs = ['a', 'b', 'c'].map((token) => [token, 0]);
    expect(trimTokenizer({ model: { type: 'Unigram', vocab: pairs } }, 2)).toEqual({
      model: { type: 'Unigram', vocab: pairs.slice(0, 2) },
      added_tokens: [],
    });
    const vocab = { a: 0, '##b': 1, ab: 2 };
    expect(trimTokenizer({ model: { type: 'WordPiece', vocab } }, 2)).toEqual({
      model: { type: 'WordPiece', vocab: { a: 0, '##b': 1 } },
      added_tokens: [],
    });
  });

  it('of BPE loses the merges that lead there, in both forms and with a prefix', () => {
    const vocab = { a: 0, '##b': 1, ab: 2, ac: 3 };
    const model = { type: 'BPE', vocab, continuing_subword_prefix: '##' };
    for (const merges of [
      ['a ##b', 'a ##c'],
      [
        ['a', '##b'],
        ['a', '##c'],
      ],
    ]) {
      expect(trimTokenizer({ model: { ...model, merges } }, 3)).toMatchObject({
        model: { merges: merges.slice(0, 1) },
      });
    }
    const token = (id: number) => ({ id, content: `<${String(id)}>` });
    expect(trimTokenizer({ model, added_tokens: [token(2), token(4)] }, 3)).toMatchObject({
      added_tokens: [token(2)],
    });
  });
});

describe('tokens that a tokenizer cannot do without', () => {
  it('are the unknown one, those put around a text, and bytes', () => {
    const needed = neededTokens({
      model: { type: 'BPE', unk_token: '<unk>', byte_fallback: true },
      post_processor: {
        type: 'Sequence',
        processors: [
          { type: 'TemplateProcessing', special_tokens: { '<s>': { ids: [1] } } },
          { type: 'BertProcessing', sep: ['[SEP]', 5], cls: ['[CLS]', 6] },
        ],
      },
    });
    expect(needed.size).toBe(256 + 4);
    for (const token of ['<unk>', '<s>', '[SEP]', '[CLS]', '<0x00>', '<0xFF>']) {
      expect(needed).toContain(token);
    }
    const bytes = neededTokens({
      model: {},
      pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'ByteLevel' }] },
    });
    expect(bytes.size).toBe(256);
    expect(neededTokens({ model: { unk_token: null } }).size).toBe(0);
  });
});
