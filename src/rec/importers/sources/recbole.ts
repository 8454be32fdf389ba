import * as v from 'valibot';
import { defineSource, maxBadRows, name, names } from '../source-kind.ts';

const schema = v.strictObject({
  importer: v.literal('recbole'),
  /** Data sets `{Domain}.inter` to read, in this order; all that are given when absent. */
  domains: v.optional(names),
  /** Of the files' time column. */
  timeUnit: v.optional(v.picklist(['s', 'ms']), 's'),
  /** Columns by their names without type, where they are called otherwise. */
  columns: v.optional(
    v.strictObject({
      user: v.optional(name),
      item: v.optional(name),
      time: v.optional(name),
      /** Of `{Domain}.item`; the first that is called like a title or name when absent. */
      title: v.optional(name),
      /** Of `{Domain}.item`: a side feature, named `category` whatever the column is called. */
      category: v.optional(name),
    }),
    {},
  ),
  maxBadRows,
});

export const recboleSource = defineSource({
  id: 'recbole',
  title: 'RecBole atomic files',
  files: '{Domain}.inter with times; {Domain}.item for titles. A zip is fine.',
  sourceUrl: 'https://recbole.io/dataset_list.html',
  terms: 'Those of the data set that was converted.',
  schema,
  initial: {},
  domains: ({ domains }) => domains ?? null,
});

export type RecboleSource = v.InferOutput<typeof schema>;
