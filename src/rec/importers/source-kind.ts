import * as v from 'valibot';

/** A column that a page asks for: an entry of `columns` in the settings. */
export interface AskedColumn {
  readonly name: string;
  readonly label: string;
  readonly required: boolean;
}

/** What a page asks for beside the files. */
export interface SourceForm {
  readonly columns: readonly AskedColumn[];
  /** Values of `timeUnit`. */
  readonly timeUnits: readonly { readonly id: string; readonly title: string }[];
}

/**
 * The light half of an importer: what its files are and what a document says of them. No parser is
 * behind it, so that a page and the checks of documents may load it. One file of `sources/` each.
 */
export interface SourceKind<Schema extends v.GenericSchema = v.GenericSchema> {
  /** Value of `importer` in the experiment's `data` section. */
  readonly id: string;
  readonly title: string;
  /** What to give it, in one sentence. */
  readonly files: string;
  /** Where the data set is published; '' when there is no single place. */
  readonly sourceUrl: string;
  /** Terms of use in one sentence. */
  readonly terms: string;
  /** Its form of the `data` section. */
  readonly schema: Schema;
  /** The `data` section that a new document starts from, `importer` apart. */
  readonly initial: Readonly<Record<string, unknown>>;
  /** Absent where files are all that is needed. */
  readonly form?: SourceForm;
  /** Domains that the settings fix; null when only the files will tell. */
  domains(source: v.InferOutput<Schema>): readonly string[] | null;
  /** Absent where what was shown and not clicked is unknown. */
  readonly impressions?: SourceImpressions<Schema>;
  /** Whether every table that is given is read as a log. Absent: files are asked for by name. */
  takesEveryTable?(source: v.InferOutput<Schema>): boolean;
}

interface SourceImpressions<Schema extends v.GenericSchema> {
  /** What the settings have to say for it. */
  readonly setting: string;
  areRead(source: v.InferOutput<Schema>): boolean;
}

/** Gives the settings of the rules the type that the schema has. */
export function defineSource<Schema extends v.GenericSchema>(
  kind: SourceKind<Schema>,
): SourceKind<Schema> {
  return kind;
}

/** Of a column, a domain, a file. */
export const name = v.pipe(v.string(), v.trim(), v.nonEmpty('must not be empty'), v.maxLength(200));

export const names = v.pipe(
  v.array(name),
  v.minLength(1, 'must name at least one'),
  v.check((list) => new Set(list).size === list.length, 'names one value twice'),
);

/** Rows that may be wrong (and are left out, with a note) before the import fails; 0 by default. */
export const maxBadRows = v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0);
