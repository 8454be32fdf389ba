import type { RandomStream } from '../../core/rng.ts';

/** Word pairs of the taste dimensions that all domains share: [negative end, positive end]. */
const SHARED_WORDS = [
  ['Cozy', 'Thrilling'],
  ['Classic', 'Futuristic'],
  ['Family', 'Expert'],
] as const;

export interface Theme {
  /** Word pairs of the domain's own taste dimensions. */
  readonly own: readonly (readonly [string, string])[];
  /** One noun per category. */
  readonly nouns: readonly string[];
}

/** Latent dimensions: 3 shared, 3 own. */
export const SHARED_DIMENSIONS = 3;
export const DIMENSIONS = 6;

const THEMES: Readonly<Record<string, Theme>> = {
  games: {
    own: [
      ['Pixel', 'Realistic'],
      ['Solo', 'Multiplayer'],
      ['Turn-Based', 'Arcade'],
    ],
    nouns: ['Racer', 'Puzzle', 'Dungeon', 'Farm', 'Tactics', 'Platformer', 'Shooter', 'Simulator'],
  },
  books: {
    own: [
      ['Short', 'Epic'],
      ['Humorous', 'Dark'],
      ['Illustrated', 'Scholarly'],
    ],
    nouns: ['Mystery', 'Romance', 'Cookbook', 'Memoir', 'Atlas', 'Saga', 'Handbook', 'Fable'],
  },
  movies: {
    own: [
      ['Quiet', 'Explosive'],
      ['Animated', 'Documentary'],
      ['Indie', 'Blockbuster'],
    ],
    nouns: ['Comedy', 'Western', 'Heist', 'Musical', 'Drama', 'Voyage', 'Noir', 'Chronicle'],
  },
  music: {
    own: [
      ['Acoustic', 'Electronic'],
      ['Mellow', 'Loud'],
      ['Studio', 'Live'],
    ],
    nouns: ['Jazz', 'Ballads', 'Beats', 'Symphony', 'Folk', 'Anthems', 'Blues', 'Choir'],
  },
};

const PLAIN_THEME: Theme = {
  own: [
    ['Compact', 'Deluxe'],
    ['Wooden', 'Steel'],
    ['Manual', 'Smart'],
  ],
  nouns: ['Lamp', 'Desk', 'Kettle', 'Tent', 'Drill', 'Scale', 'Shelf', 'Planner'],
};

const BRAND_STARTS = ['North', 'Blue', 'Iron', 'Silver', 'Wild', 'Bright', 'Stone', 'Amber'];
const BRAND_ENDS = ['wind', 'harbor', 'leaf', 'gate', 'field', 'fox', 'works', 'peak'];

/** The words of a domain; unknown names get household goods. */
export function themeOf(domain: string): Theme {
  return THEMES[domain.toLowerCase()] ?? PLAIN_THEME;
}

/** Different made-up brand names. */
export function brandNames(stream: RandomStream, count: number): string[] {
  const all = BRAND_STARTS.flatMap((start) => BRAND_ENDS.map((end) => start + end));
  return stream.shuffle(all).slice(0, count);
}

/**
 * "Northwind Cozy Pixel Racer 2": brand, the words of the two strongest latent dimensions, the
 * category's noun, the number within the series.
 */
export function titleOf(
  theme: Theme,
  brand: string,
  category: number,
  latent: readonly number[],
  volume: number,
): string {
  const pairs = [...SHARED_WORDS, ...theme.own];
  const strongest = latent
    .map((value, dimension) => ({ value, dimension }))
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
    .slice(0, 2)
    .sort((a, b) => a.dimension - b.dimension);
  const words = strongest.map(
    ({ value, dimension }) => pairs[dimension]?.[value < 0 ? 0 : 1] ?? '',
  );
  return [brand, ...words, theme.nouns[category] ?? '', String(volume)].join(' ');
}
