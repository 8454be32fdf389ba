import * as v from 'valibot';

const name = v.pipe(v.string(), v.trim(), v.nonEmpty('must not be empty'), v.maxLength(200));
const names = v.pipe(
  v.array(name),
  v.minLength(1, 'must name at least one'),
  v.check((list) => new Set(list).size === list.length, 'names one value twice'),
);

/** Rows that may be wrong (and are left out, with a note) before the import fails; 0 by default. */
const maxBadRows = v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0);

export const amazonReviewsSource = v.strictObject({
  importer: v.literal('amazon-reviews'),
  /** Files `{Domain}.csv(.gz)` to read, in this order; all that are given when absent. */
  domains: v.optional(names),
  maxBadRows,
});

export const movielensSource = v.strictObject({
  importer: v.literal('movielens'),
  /** The domains: a film belongs to each of these genres that it carries; absent: one for all. */
  genres: v.optional(names),
  /** Ratings below this are not interactions; every rating is one when absent. */
  minRating: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(5))),
  maxBadRows,
});

const csvFields = v.strictObject({
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

export const csvSource = v.pipe(
  csvFields,
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

const mindFields = v.strictObject({
  importer: v.literal('mind'),
  /** The domains: news categories; every category with a click when absent. */
  categories: v.optional(names),
  /** Reads what was shown and not clicked, too: the whole site is one domain then, `News`. */
  impressions: v.optional(v.boolean()),
  maxBadRows,
});

export const mindSource = v.pipe(
  mindFields,
  v.forward(
    v.check(
      ({ categories, impressions }) => categories === undefined || impressions !== true,
      'makes domains of categories, but impressions: true makes the whole site one: keep one',
    ),
    ['categories'],
  ),
);

export const recboleSource = v.strictObject({
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

/** Domain of all films, where no genres are given. */
export const ALL_FILMS = 'Movies';
/** Domain of MIND with impressions. */
export const ALL_NEWS = 'News';

/** The `data` section of an experiment whose data come from files. */
export const fileSourceSchema = v.variant('importer', [
  amazonReviewsSource,
  movielensSource,
  csvSource,
  mindSource,
  recboleSource,
]);

export type FileSource = v.InferOutput<typeof fileSourceSchema>;
export type AmazonReviewsSource = v.InferOutput<typeof amazonReviewsSource>;
export type MovielensSource = v.InferOutput<typeof movielensSource>;
export type CsvSource = v.InferOutput<typeof csvSource>;
export type RecboleSource = v.InferOutput<typeof recboleSource>;
export type MindSource = v.InferOutput<typeof mindSource>;
