import type { MergeEntry } from './document-edit.ts';
import { isRecord, readDocument } from './document-edit.ts';

/** A merge of two models whose shares of the weight are moved from the one to the other. */
export interface SweptMerge {
  /** Names of the two: domains, or stages over periods. The weight is that of the first. */
  readonly models: readonly [string, string];
  /** The merge without its name and its weights: two with the same differ in nothing else. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Weights of the first model: the ends, the middle, then what lies between. */
export const SWEEP: readonly number[] = sweep([4, 16]);

/**
 * The sweep that an entry of the merge form belongs to; null where there are no two models with a
 * weight each.
 */
export function sweptMerge(entry: MergeEntry): SweptMerge | null {
  const names = entry['over'] === 'periods' ? entry['stages'] : entry['domains'];
  const [first, second, ...more] = Array.isArray(names) ? (names as readonly unknown[]) : [];
  if (typeof first !== 'string' || typeof second !== 'string' || more.length > 0) return null;
  if (weightOf(entry) === null) return null;
  const parameters = isRecord(entry['parameters']) ? without(entry['parameters'], 'weight') : {};
  return { models: [first, second], settings: { ...without(entry, 'name'), parameters } };
}

/** The first model's share of the two weights, as far as they add up to something; else null. */
export function weightOf(entry: Readonly<Record<string, unknown>>): number | null {
  const parameters = isRecord(entry['parameters']) ? entry['parameters'] : {};
  const { weight } = parameters;
  const [first, second, ...more] = Array.isArray(weight) ? (weight as readonly unknown[]) : [];
  if (typeof first !== 'number' || typeof second !== 'number' || more.length > 0) return null;
  const share = first / (first + second);
  return Number.isFinite(share) ? share : null;
}

/** The merge at one weight of the first model; the second has the rest. */
export function atWeight({ settings }: SweptMerge, weight: number, name: string): MergeEntry {
  const parameters = isRecord(settings['parameters']) ? settings['parameters'] : {};
  return { ...settings, parameters: { ...parameters, weight: [weight, 1 - weight] }, name };
}

/** Sections that no trained cell depends on: with others the same cells are merged. */
const BESIDE_CELLS = ['name', 'merges', 'searches', 'analysis', 'results'];

/** Equal for documents whose cells are the same. */
export function cellsKey(text: string): string {
  if (latest.text !== text) {
    const root = Object.entries(readDocument(text) ?? {});
    const key = JSON.stringify(root.filter(([name]) => !BESIDE_CELLS.includes(name)));
    latest = { text, key };
  }
  return latest.key;
}

/** The page asks at every change of its state, and the text rarely changes. */
let latest: { readonly text: string; readonly key: string } = { text: '', key: '[]' };

/** Equal for merges that differ in name and weights alone. */
export function sweepKey({ settings }: SweptMerge): string {
  return JSON.stringify(settings);
}

/** Equal for merges that differ in what is put back, too. */
export function comparedKey({ settings }: SweptMerge): string {
  return JSON.stringify(without(settings, 'restore'));
}

function without(settings: Readonly<Record<string, unknown>>, key: string) {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => name !== key));
}

/** Each grid without the points of those before; parts of powers of two are exact. */
function sweep(grids: readonly number[]): readonly number[] {
  const points = grids.flatMap((parts) =>
    Array.from({ length: parts + 1 }, (_, index) => index / parts),
  );
  return [...new Set(points)];
}
