import { NOTHING_WANTED, type RecommendWanted } from '../state/recommend-state.ts';

const KEY = 'mmgrid-recommend';
/** A history is a few dozen titles. */
const MAX_TITLES = 1000;

/** What was asked for last in this tab, or last in another; a typed history is part of it. */
export function storedWanted(): RecommendWanted {
  try {
    const stored = sessionStorage.getItem(KEY) ?? localStorage.getItem(KEY);
    return wantedOf(JSON.parse(stored ?? 'null'));
  } catch {
    return NOTHING_WANTED; // blocked or damaged: as on the first day
  }
}

export function storeWanted(wanted: RecommendWanted): void {
  try {
    const value = JSON.stringify(wanted);
    sessionStorage.setItem(KEY, value);
    localStorage.setItem(KEY, value);
  } catch {
    // see storedWanted
  }
}

/** Whatever was stored, as far as it is sound. */
export function wantedOf(value: unknown): RecommendWanted {
  if (typeof value !== 'object' || value === null) return NOTHING_WANTED;
  const stored = value as Partial<Record<keyof RecommendWanted, unknown>>;
  const text = (key: 'domain' | 'first' | 'merge' | 'second') => {
    const found = stored[key];
    return typeof found === 'string' ? found : null;
  };
  const seed = stored.sampleSeed;
  return {
    ...{ domain: text('domain'), first: text('first'), merge: text('merge') },
    second: text('second'),
    isLive: stored.isLive === true,
    customer: customerOf(stored.customer),
    sampleSeed: Number.isSafeInteger(seed) && (seed as number) > 0 ? (seed as number) : 1,
  };
}

function customerOf(value: unknown): RecommendWanted['customer'] {
  if (typeof value !== 'object' || value === null) return NOTHING_WANTED.customer;
  const { place, typed } = value as Partial<Record<'place' | 'typed', unknown>>;
  if (Array.isArray(typed)) {
    const titles = typed.filter((title): title is string => typeof title === 'string');
    return { typed: titles.slice(-MAX_TITLES) };
  }
  return Number.isSafeInteger(place) && (place as number) >= 0
    ? { place: place as number }
    : NOTHING_WANTED.customer;
}
