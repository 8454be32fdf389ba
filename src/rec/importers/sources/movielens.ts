import * as v from 'valibot';
import { defineSource, maxBadRows, names } from '../source-kind.ts';

/** Domain of all films, where no genres are given. */
export const ALL_FILMS = 'Movies';

const schema = v.strictObject({
  importer: v.literal('movielens'),
  /** The domains: a film belongs to each of these genres that it carries; absent: one for all. */
  genres: v.optional(names),
  /** Ratings below this are not interactions; every rating is one when absent. */
  minRating: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(5))),
  maxBadRows,
});

export const movielensSource = defineSource({
  id: 'movielens',
  title: 'MovieLens',
  files: 'ratings and movies, .csv or .dat, of one MovieLens release, or its zip.',
  sourceUrl: 'https://grouplens.org/datasets/movielens/',
  terms:
    'Research use; redistribution only under the same terms, no commercial use without permission (GroupLens).',
  schema,
  initial: { genres: ['Comedy', 'Drama'] },
  domains: ({ genres }) => genres ?? [ALL_FILMS],
});

export type MovielensSource = v.InferOutput<typeof schema>;
