import * as v from 'valibot';
import { defineSource, maxBadRows, name, names } from '../source-kind.ts';

const fields = v.strictObject({
  importer: v.literal('csv'),
  columns: v.strictObject({
    user: name,
    item: name,
    time: name,
    title: v.optional(name),
    domain: v.optional(name),
    /** A side feature of items, named `category` whatever the column is called. */
    category: v.optional(name),
  }),
  timeUnit: v.picklist(['s', 'ms', 'iso']),
  /** Found in the header line when absent; the note of the import says which it was. */
  delimiter: v.optional(v.picklist(['comma', 'tab', 'semicolon'])),
  /**
   * `double`: fields may stand in quotation marks, a mark in them is doubled (RFC 4180); `none`: a
   * mark is a character like others. When absent, commas and semicolons quote, and tabs only where
   * every name in the header line stands in marks.
   */
  quoting: v.optional(v.picklist(['double', 'none'])),
  /** One file per domain; each given file is a domain of its own name when absent. */
  files: v.optional(v.pipe(v.array(v.strictObject({ domain: name, file: name })), v.minLength(1))),
  /** With `columns.domain`: the values to keep, in this order; all, sorted, when absent. */
  domains: v.optional(names),
  maxBadRows,
});

const schema = v.pipe(
  fields,
  v.forward(
    v.check(
      ({ columns, files }) => columns.domain === undefined || files === undefined,
      'gives each file a domain, but columns.domain names a column for that: keep one',
    ),
    ['files'],
  ),
  v.forward(
    v.check(
      ({ columns, domains }) => columns.domain !== undefined || domains === undefined,
      'needs columns.domain: without it each file is a domain',
    ),
    ['domains'],
  ),
  v.forward(
    v.check(
      ({ files }) => new Set(files?.map(({ domain }) => domain)).size === (files?.length ?? 0),
      'names one domain twice',
    ),
    ['files'],
  ),
);

export const csvSource = defineSource({
  id: 'csv',
  title: 'CSV or TSV of your own',
  files: 'One file a domain, or one file with a domain column. Gzip and zip are fine.',
  sourceUrl: '',
  terms: 'Your own data: they stay in this browser.',
  schema,
  initial: {
    columns: { user: 'user_id', item: 'item_id', time: 'timestamp' },
    timeUnit: 's',
  },
  form: {
    columns: [
      { name: 'user', label: 'User column', required: true },
      { name: 'item', label: 'Item column', required: true },
      { name: 'time', label: 'Time column', required: true },
      { name: 'title', label: 'Title column (optional)', required: false },
      { name: 'domain', label: 'Domain column (optional)', required: false },
    ],
    timeUnits: [
      { id: 's', title: 'seconds since 1970' },
      { id: 'ms', title: 'milliseconds since 1970' },
      { id: 'iso', title: 'ISO 8601 text' },
    ],
  },
  domains: ({ files, domains }) => files?.map(({ domain }) => domain) ?? domains ?? null,
  takesEveryTable: ({ files }) => files === undefined,
});

export type CsvSource = v.InferOutput<typeof schema>;
