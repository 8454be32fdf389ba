import * as v from 'valibot';
import { defineSource, maxBadRows, names } from '../source-kind.ts';

/** Domain of MIND with impressions. */
export const ALL_NEWS = 'News';

const fields = v.strictObject({
  importer: v.literal('mind'),
  /** The domains: news categories; every category with a click when absent. */
  categories: v.optional(names),
  /** Reads what was shown and not clicked, too: the whole site is one domain then, `News`. */
  impressions: v.optional(v.boolean()),
  maxBadRows,
});

const schema = v.pipe(
  fields,
  v.forward(
    v.check(
      ({ categories, impressions }) => categories === undefined || impressions !== true,
      'makes domains of categories, but impressions: true makes the whole site one: keep one',
    ),
    ['categories'],
  ),
);

export const mindSource = defineSource({
  id: 'mind',
  title: 'MIND news',
  files: 'behaviors.tsv and news.tsv of a training or validation split, or its zip.',
  sourceUrl: 'https://msnews.github.io/',
  terms: 'Microsoft Research License Terms: research use only.',
  schema,
  initial: {},
  domains: ({ impressions, categories }) =>
    impressions === true ? [ALL_NEWS] : (categories ?? null),
  impressions: {
    setting: 'impressions: true',
    areRead: ({ impressions }) => impressions === true,
  },
});

export type MindSource = v.InferOutput<typeof schema>;
