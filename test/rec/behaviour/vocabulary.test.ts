import { expect, test } from 'vitest';
import { behaviourVocabulary, firstRow } from '../../../src/rec/behaviour/vocabulary.ts';
import type { DomainItems } from '../../../src/rec/behaviour/vocabulary.ts';
import { countingUser, tinyData } from '../tiny-data.ts';
import { domainOf, optionsOf } from './tiny-behaviour.ts';

const DOMAINS: readonly DomainItems[] = [
  {
    domain: 'A',
    itemIds: ['x', 'y', 'z'],
    features: { category: ['pen', '', 'desk'], brand: ['b', 'b', ''] },
  },
  { domain: 'B', itemIds: ['x', 'w'] },
  {
    domain: 'C',
    itemIds: ['q', 'r'],
    features: { category: ['desk', 'cup'], constructor: ['', 'k'] },
  },
];

test('one table over all domains, values sorted, unknown in row 0', () => {
  const { items, features } = behaviourVocabulary(DOMAINS, null);
  expect(items).toEqual(['', 'A/x', 'A/y', 'A/z', 'B/x', 'B/w', 'C/q', 'C/r']);
  expect(DOMAINS.map((_, index) => firstRow(DOMAINS, index))).toEqual([1, 4, 6]);
  expect(features).toEqual([
    { name: 'brand', values: ['', 'b'], ofItem: Uint32Array.of(0, 1, 1, 0, 0, 0, 0, 0) },
    {
      name: 'category',
      values: ['', 'cup', 'desk', 'pen'],
      ofItem: Uint32Array.of(0, 3, 0, 2, 0, 0, 2, 1),
    },
    { name: 'constructor', values: ['', 'k'], ofItem: Uint32Array.of(0, 0, 0, 0, 0, 0, 0, 1) },
  ]);
});

test('chosen features in their order, or none', () => {
  const chosen = behaviourVocabulary(DOMAINS, ['category', 'brand']);
  expect(chosen.features.map(({ name }) => name)).toEqual(['category', 'brand']);
  expect(behaviourVocabulary(DOMAINS, []).features).toEqual([]);
  expect(behaviourVocabulary(DOMAINS.slice(1, 2), null).features).toEqual([]);
});

test('the report counts values and items without one', () => {
  const data = tinyData([countingUser(60), countingUser(150)]);
  const category = data.itemIds.map((_, item) =>
    item % 3 === 0 ? '' : item % 3 === 1 ? 'a' : 'b',
  );
  const { report } = domainOf({ ...data, features: { category } }, optionsOf());
  expect(report.features).toEqual([{ name: 'category', values: 2, unknownItems: 50 }]);
});
