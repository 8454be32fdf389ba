import { AppError } from '../../core/errors.ts';
import type { BehaviourVocabulary, FeatureVocabulary } from './behaviour-types.ts';

/** The items of one domain: what `DomainData` and `InteractionLog` have in common. */
export interface DomainItems {
  readonly domain: string;
  readonly itemIds: readonly string[];
  readonly features?: Readonly<Record<string, readonly string[]>>;
}

/**
 * One item table for all domains: domain after domain, in the order of their items, from row 1 on;
 * row 0 is unknown. Item i of a domain has row `firstRow(domains, domain) + i`. Values of a
 * feature are sorted, so that the order of the files does not number them.
 * @param features names to use; null: all that any domain has, sorted. A domain without one of them
 *   has unknown values
 * @errors experiment-invalid for a feature that no domain has, data-invalid without a second item
 */
export function behaviourVocabulary(
  domains: readonly DomainItems[],
  features: readonly string[] | null,
): BehaviourVocabulary {
  const items = ['', ...domains.flatMap(({ domain, itemIds }) => rowNames(domain, itemIds))];
  const known = [...new Set(domains.flatMap((domain) => Object.keys(domain.features ?? {})))];
  known.sort();
  const missing = (features ?? []).filter((name) => !known.includes(name));
  if (missing.length > 0) {
    const there = known.length === 0 ? 'none' : known.join(', ');
    throw new AppError('experiment-invalid', `The items have no feature ${missing.join(', ')}.`, {
      hint: `Features of these data: ${there}. Correct discriminative.features or leave it out.`,
      faults: missing.map((name) => ({
        place: 'discriminative.features',
        message: `no feature "${name}"`,
      })),
    });
  }
  return { items, features: (features ?? known).map((name) => featureOf(domains, name)) };
}

/** Row of a domain's first item in the table of all domains. */
export function firstRow(domains: readonly DomainItems[], index: number): number {
  return domains.slice(0, index).reduce((sum, { itemIds }) => sum + itemIds.length, 1);
}

function rowNames(domain: string, itemIds: readonly string[]): string[] {
  if (itemIds.length < 2) {
    throw new AppError(
      'data-invalid',
      `Domain "${domain}" has ${String(itemIds.length)} items: nothing can be told apart.`,
      { hint: 'Lower the minimum count of the filter or leave the domain out.' },
    );
  }
  return itemIds.map((id) => `${domain}/${id}`);
}

function featureOf(domains: readonly DomainItems[], name: string): FeatureVocabulary {
  const ofItems = ['', ...domains.flatMap((domain) => valuesOf(domain, name))];
  const values = ['', ...[...new Set(ofItems)].filter((value) => value !== '').sort()];
  const rowOf = new Map(values.map((value, row) => [value, row]));
  return { name, values, ofItem: Uint32Array.from(ofItems, (value) => rowOf.get(value) ?? 0) };
}

function valuesOf({ itemIds, features = {} }: DomainItems, name: string): readonly string[] {
  const values = Object.hasOwn(features, name) ? (features[name] ?? []) : [];
  return itemIds.map((_, item) => values[item] ?? '');
}
