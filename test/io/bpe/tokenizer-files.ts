import { bpeTokenizerFiles, extendTokenizer } from '../../../src/io/bpe/bpe-tokenizer-files.ts';
import { trainBpe } from '../../../src/io/bpe/train-bpe.ts';
import { randomText } from '../../support/random-text.ts';

export const ROLES = { pad: '<pad>', bos: '<bos>', eos: '<eos>' };
export const texts = Array.from({ length: 400 }, (_, i) => randomText(11, i));
export const bpe = trainBpe(texts, {
  vocabularySize: 600,
  specialTokens: Object.values(ROLES),
  minFrequency: 2,
});
export const files = bpeTokenizerFiles(bpe, ROLES, 128);
export const idTokens = Array.from({ length: 64 }, (_, code) => `<a_${String(code)}>`);
export const extended = extendTokenizer(files.tokenizerJson, ['[ITEM]', ...idTokens]);
// As it comes back from a file.
export const json = JSON.parse(JSON.stringify(extended.tokenizerJson)) as Record<string, unknown>;

export function variant(changes: Record<string, unknown>): Record<string, unknown> {
  return { ...json, ...changes };
}

export function modelWith(changes: Record<string, unknown>): Record<string, unknown> {
  return variant({ model: { ...(json['model'] as object), ...changes } });
}
