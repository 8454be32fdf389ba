import { describe, expect, it } from 'vitest';
import { entryOf } from '../../../src/core/layout.ts';
import {
  behaviourTable,
  featureTable,
  initialBehaviour,
  ITEM_EMBEDDINGS,
  type BehaviourConfig,
} from '../../../src/nn/behaviour-model/behaviour-layout.ts';
import {
  alignBehaviour,
  type BehaviourCheckpoint,
} from '../../../src/rec/behaviour/align-behaviour.ts';
import type { VocabularyNames } from '../../../src/rec/behaviour/behaviour-types.ts';

const vocabularyOf = (
  items: readonly string[],
  features: Readonly<Record<string, readonly string[]>>,
): VocabularyNames => ({
  items: ['', ...items],
  features: Object.entries(features).map(([name, values]) => ({
    name,
    values: ['', ...values],
  })),
});

function checkpoint(
  vocabulary: VocabularyNames,
  seed: number,
  changes: Partial<BehaviourConfig> = {},
): BehaviourCheckpoint {
  const config = {
    items: vocabulary.items.length,
    features: vocabulary.features.map(({ name, values }) => ({ name, values: values.length })),
    numeric: 0,
    width: 16,
    layers: 1,
    heads: 2,
    maxPositions: 8,
    ...changes,
  };
  return { config, vocabulary, parameters: initialBehaviour(config, false, seed) };
}

function rowOf({ config, parameters }: BehaviourCheckpoint, name: string, row: number) {
  const { offset } = entryOf(behaviourTable(config, false).layout, name);
  return parameters.slice(offset + row * config.width, offset + (row + 1) * config.width);
}

const OLD = checkpoint(
  vocabularyOf(['T/a', 'T/b', 'T/c'], { category: ['toy', 'game'], brand: ['x'] }),
  1,
);
const NEW = checkpoint(
  vocabularyOf(['G/a', 'T/c', 'T/b', 'T/d'], { shop: ['s', 't'], category: ['game', 'puzzle'] }),
  2,
);

describe('a pretrained model over another vocabulary', () => {
  it('gives its rows to the items and values that both have', () => {
    const { parameters, tables } = alignBehaviour(OLD, NEW);
    const got = { ...NEW, parameters };
    const category = featureTable('category');
    for (const [name, row, from, source] of [
      [ITEM_EMBEDDINGS, 0, OLD, 0],
      [ITEM_EMBEDDINGS, 1, NEW, 1],
      [ITEM_EMBEDDINGS, 2, OLD, 3],
      [ITEM_EMBEDDINGS, 3, OLD, 2],
      [ITEM_EMBEDDINGS, 4, NEW, 4],
      [category, 0, OLD, 0],
      [category, 1, OLD, 2],
      [category, 2, NEW, 2],
      [featureTable('shop'), 0, NEW, 0],
      [featureTable('shop'), 2, NEW, 2],
    ] as const) {
      expect(rowOf(got, name, row), `${name} ${String(row)}`).toEqual(rowOf(from, name, source));
    }
    expect(tables).toEqual([
      { table: 'items', aligned: 2, new: 2, dropped: 1 },
      { table: 'shop', aligned: 0, new: 2, dropped: 0 },
      { table: 'category', aligned: 1, new: 1, dropped: 1 },
      { table: 'brand', aligned: 0, new: 0, dropped: 1 },
    ]);
  });

  it('keeps everything else', () => {
    const { parameters } = alignBehaviour(OLD, NEW);
    const old = behaviourTable(OLD.config, false).layout;
    for (const { name, offset, size } of behaviourTable(NEW.config, false).layout.entries) {
      if (/item_|feature_/.test(name)) continue;
      const source = entryOf(old, name).offset;
      expect(parameters.slice(offset, offset + size), name).toEqual(
        OLD.parameters.slice(source, source + size),
      );
    }
  });

  it('is itself where the vocabularies are the same, and changes neither side', () => {
    const same = { ...OLD, parameters: initialBehaviour(OLD.config, false, 9) };
    const before = [OLD.parameters.slice(), same.parameters.slice()];
    const { parameters, tables } = alignBehaviour(OLD, same);
    expect(parameters).toEqual(OLD.parameters);
    expect(tables.map((table) => [table.aligned, table.new, table.dropped])).toEqual([
      [3, 0, 0],
      [2, 0, 0],
      [1, 0, 0],
    ]);
    expect([OLD.parameters, same.parameters]).toEqual(before);
  });

  it.each([
    ['width', { width: 32 }, /width: 16 pretrained, 32 needed/],
    ['layers', { layers: 2 }, /layers: 1 pretrained, 2 needed/],
    ['heads', { heads: 1 }, /heads: 2 pretrained, 1 needed/],
  ])('refuses another %s', (_, changes, message) => {
    const other = checkpoint(NEW.vocabulary, 2, changes);
    expect(() => alignBehaviour(OLD, other)).toThrow(message);
  });

  it('refuses weights and vocabularies of another model', () => {
    const wrong = expect.objectContaining({ code: 'layout-mismatch' }) as Error;
    const short = { ...OLD, parameters: OLD.parameters.subarray(64) };
    expect(() => alignBehaviour(short, NEW)).toThrow(wrong);
    expect(() => alignBehaviour({ ...OLD, vocabulary: NEW.vocabulary }, NEW)).toThrow(wrong);
  });
});
