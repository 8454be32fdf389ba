import { describe, expect, it } from 'vitest';
import {
  alignEmbeddings,
  outputVocabulary,
  type AlignmentRequest,
  type Embedding,
  type TokenRule,
} from '../../src/merge/align-vocabulary.ts';

const A = new Map([
  ['x', 0],
  ['y', 1],
  ['__proto__', 2],
]);
const B = new Map([
  ['y', 0],
  ['z', 1],
]);
const EMBEDDINGS = new Map<string, Embedding>([
  ['a', { values: Float32Array.of(1, 2, 3, 4, 5, 6), width: 2 }],
  // One row more than it has tokens.
  ['b', { values: Float32Array.of(10, 20, 30, 40, 50, 60), width: 2 }],
]);
const VOCABULARIES = new Map([
  ['a', A],
  ['b', B],
]);

function align(changes: Partial<AlignmentRequest> = {}, embeddings = EMBEDDINGS) {
  const output = outputVocabulary('union', VOCABULARIES, null);
  const request = { output, vocabularies: VOCABULARIES, base: 'a', ...changes };
  return alignEmbeddings(request, embeddings);
}

function rules(token: string, source: TokenRule['source'], force = false) {
  return { tokens: new Map([[token, { source, force }]]) };
}

describe('aligning vocabularies', () => {
  it('joins them: the base keeps its rows, others append', () => {
    expect([...outputVocabulary('union', VOCABULARIES, 'b')]).toEqual([
      ['y', 0],
      ['z', 1],
      ['x', 2],
      ['__proto__', 3],
    ]);
    expect(outputVocabulary('base', VOCABULARIES, 'b')).toBe(B);
    expect(outputVocabulary({ model: 'a' }, VOCABULARIES, null)).toBe(A);
    expect(() => outputVocabulary('base', VOCABULARIES, null)).toThrow(/no base/);
  });

  it('fills missing tokens from the base, the only owner or the mean of the owners', () => {
    const aligned = align();
    expect([...(aligned.get('a') ?? [])]).toEqual([1, 2, 3, 4, 5, 6, 30, 40]);
    expect([...(aligned.get('b') ?? [])]).toEqual([1, 2, 10, 20, 5, 6, 30, 40]);
    const third = new Map([...VOCABULARIES, ['c', new Map([['x', 0]])]]);
    const embeddings = new Map([...EMBEDDINGS, ['c', { values: Float32Array.of(7, 7), width: 2 }]]);
    const none = align({ vocabularies: third, base: null }, embeddings);
    expect([...(none.get('c') ?? [])].slice(2, 4)).toEqual([6.5, 12]);
  });

  it('pads with the mean of the real rows', () => {
    const padded = align({ output: A, padToMultipleOf: 4 }).get('a') ?? [];
    expect([...padded]).toEqual([1, 2, 3, 4, 5, 6, 3, 4]);
    expect(align({ output: A, padToMultipleOf: 3 }).get('a')).toHaveLength(6);
  });

  it('takes rows from where a rule says', () => {
    const forced = align(rules('y', { kind: 'model_token', model: 'b', row: 2 }, true));
    expect([...(forced.get('a') ?? [])].slice(2, 4)).toEqual([50, 60]);
    expect([...(forced.get('b') ?? [])].slice(2, 4)).toEqual([50, 60]);
    const other = align(rules('z', { kind: 'model_token', model: 'a', token: '__proto__' }));
    expect([...(other.get('a') ?? [])].slice(6)).toEqual([5, 6]);
    expect([...(other.get('b') ?? [])].slice(6)).toEqual([30, 40]);
    const zero = align(rules('x', { kind: 'zero' }));
    expect([...(zero.get('b') ?? [])].slice(0, 2)).toEqual([0, 0]);
    expect([...(zero.get('a') ?? [])].slice(0, 2)).toEqual([1, 2]);
  });

  it.each([
    ['a token that no model has', { output: new Map([['new', 0]]) }, /token "new".*No model/],
    ['rows with a gap', { output: new Map([['x', 1]]) }, /rows must be 0/],
    ['a base that is no model', { base: 'q' }, /base_model.*"q"/],
    ['padding to 0', { padToMultipleOf: 0 }, /above 0/],
    ['a rule for no token', rules('q', { kind: 'zero' }), /tokens\.q/],
    ['a rule from no model', rules('x', { kind: 'model', model: 'q' }), /no model "q"/],
    ['a rule from a model without it', rules('x', { kind: 'model', model: 'b' }), /no such token/],
    [
      'a row beyond the matrix',
      rules('x', { kind: 'model_token', model: 'b', row: 3 }),
      /no row 3/,
    ],
    [
      'a token of no model as source',
      rules('x', { kind: 'model_token', model: 'b', token: 'q' }),
      /no such token/,
    ],
  ])('refuses %s', (_, changes, message) => {
    expect(() => align(changes)).toThrow(message);
  });

  it('refuses embeddings that are missing, too small or of another width', () => {
    expect(() => align({}, new Map())).toThrow(/embedding is missing/);
    const small = new Map([...EMBEDDINGS, ['b', { values: Float32Array.of(1, 2), width: 2 }]]);
    expect(() => align({}, small)).toThrow(/1 tokens lie beyond its 1 rows: "z" at 1/);
    const wide = new Map([...EMBEDDINGS, ['b', { values: new Float32Array(9), width: 3 }]]);
    expect(() => align({}, wide)).toThrow(/different widths/);
  });
});
