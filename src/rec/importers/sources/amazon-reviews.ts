import * as v from 'valibot';
import { defineSource, maxBadRows, names } from '../source-kind.ts';

const schema = v.strictObject({
  importer: v.literal('amazon-reviews'),
  /** Files `{Domain}.csv(.gz)` to read, in this order; all that are given when absent. */
  domains: v.optional(names),
  maxBadRows,
});

export const amazonReviewsSource = defineSource({
  id: 'amazon-reviews',
  title: 'Amazon reviews (McAuley lab)',
  files:
    '{Domain}.csv.gz (ratings) or {Domain}.jsonl.gz (reviews); meta_{Domain}.jsonl.gz for titles.',
  sourceUrl: 'https://amazon-reviews-2023.github.io/',
  terms: 'Reviews by Amazon customers, published for research; check the terms of your copy.',
  schema,
  initial: {},
  domains: ({ domains }) => domains ?? null,
});

export type AmazonReviewsSource = v.InferOutput<typeof schema>;
