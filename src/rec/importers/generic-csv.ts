import { readTable, tableColumns } from '../../io/csv-table.ts';
import type { CsvFormat, Delimiter } from '../../io/csv.ts';
import { readText } from '../../io/read-text.ts';
import type { Dataset } from '../data/types.ts';
import { ImportSession } from './import-session.ts';
import { defineImporter } from './importer.ts';
import type { InputFile, OnBytes } from './importer.ts';
import { baseName, checkReadable, findFile, missingFiles } from './input-files.ts';
import { LogBuilder } from './log-builder.ts';
import { csvSource } from './sources/csv.ts';
import type { CsvSource } from './sources/csv.ts';

const DELIMITERS: Readonly<Record<NonNullable<CsvSource['delimiter']>, Delimiter>> = {
  comma: ',',
  tab: '\t',
  semicolon: ';',
};
const DELIMITER_NAMES: Readonly<Record<Delimiter, string>> = {
  ',': 'comma',
  '\t': 'tab',
  ';': 'semicolon',
};
const TABLE_NAME = /\.(csv|tsv|tab|inter)$/i;

/** Any CSV or TSV with a header: the columns are named in the experiment. */
export const genericCsv = defineImporter({
  source: csvSource,
  files: [],
  read: readGenericCsv,
});

/** One file and the domain it belongs to; null = a column says so. */
interface Part {
  readonly domain: string | null;
  readonly file: InputFile;
}

/** Domain → item → first text that is not empty. */
type Texts = Map<string, Map<string, string>>;

/** What grows while the files are read. */
interface Collected {
  readonly builders: Map<string, LogBuilder>;
  readonly titles: Texts;
  readonly categories: Texts;
  /** Rows of domains that were not asked for. */
  otherDomains: number;
}

async function readGenericCsv(
  source: CsvSource,
  files: readonly InputFile[],
  onBytes: OnBytes,
): Promise<Dataset> {
  const session = new ImportSession(source.maxBadRows, files);
  const parts = await partsOf(source, files, session);
  const names = source.domains ?? parts.flatMap(({ domain }) => domain ?? []);
  const collected: Collected = {
    builders: new Map(names.map((domain) => [domain, new LogBuilder(domain)])),
    titles: new Map(),
    categories: new Map(),
    otherDomains: 0,
  };
  for (const part of parts) await readPart(source, part, collected, session, onBytes);
  if (collected.otherDomains > 0) {
    session.notes.push(`${String(collected.otherDomains)} rows of other domains.`);
  }
  const builders = [...collected.builders.values()];
  if (source.columns.domain !== undefined && source.domains === undefined) {
    builders.sort((a, b) => (a.domain < b.domain ? -1 : 1));
  }
  const { titles, categories } = collected;
  const { title, category } = source.columns;
  return session.finish('CSV', builders, (domain) => ({
    ...(title !== undefined && { title: (item) => titles.get(domain)?.get(item) }),
    ...(category !== undefined && {
      features: { category: (item) => categories.get(domain)?.get(item) },
    }),
  }));
}

async function partsOf(
  source: CsvSource,
  files: readonly InputFile[],
  session: ImportSession,
): Promise<readonly Part[]> {
  if (source.files !== undefined) {
    const missing = source.files.filter(({ file }) => findFile(files, file) === null);
    if (missing.length > 0)
      throw missingFiles(
        files,
        missing.map(({ file }) => file),
      );
    return source.files.flatMap(({ domain, file: name }) => {
      const file = findFile(files, name);
      return file === null ? [] : [{ domain, file }];
    });
  }
  const named = files.filter(({ name }) => TABLE_NAME.test(baseName(name)));
  if (named.length === 0) throw missingFiles(files, ['a .csv or .tsv file']);
  const tables = await logsAmong(source, named, session);
  for (const { name } of tables) findFile(tables, name);
  tables.sort((a, b) => (baseName(a.name) < baseName(b.name) ? -1 : 1));
  return tables.map((file) => ({
    domain:
      source.columns.domain === undefined ? baseName(file.name).replace(TABLE_NAME, '') : null,
    file,
  }));
}

/**
 * The tables that have the columns of a log; others, such as one of the items, are left out and
 * said to be. Without any all are kept: reading the first one tells which columns are missing.
 */
async function logsAmong(
  source: CsvSource,
  tables: readonly InputFile[],
  session: ImportSession,
): Promise<InputFile[]> {
  const { user, item, time } = source.columns;
  const checked = await Promise.all(
    tables.map(async (file) => {
      const columns = await columnsOf(source, file);
      return { file, missing: [user, item, time].filter((name) => !columns.includes(name)) };
    }),
  );
  const logs = checked.filter(({ missing }) => missing.length === 0);
  if (logs.length === 0 && tables.some(({ known }) => known !== undefined)) {
    throw missingFiles(tables, [`a table with the columns ${[user, item, time].join(', ')}`]);
  }
  if (logs.length === 0) return [...tables];
  for (const { file, missing } of checked) {
    if (missing.length > 0) session.leaveOut(file.name, `no column "${missing.join('", "')}"`);
  }
  return logs.map(({ file }) => file);
}

async function columnsOf(source: CsvSource, file: InputFile): Promise<readonly string[]> {
  try {
    checkReadable(file);
    return await tableColumns(readText(file.blob, file.name), file.name, formatOf(source));
  } catch {
    return [];
  }
}

function formatOf({ delimiter, quoting }: CsvSource): CsvFormat {
  return {
    delimiter: delimiter === undefined ? 'auto' : DELIMITERS[delimiter],
    quoted: quoting === undefined ? 'auto' : quoting === 'double',
  };
}

async function readPart(
  source: CsvSource,
  { domain: fileDomain, file }: Part,
  collected: Collected,
  session: ImportSession,
  onBytes: OnBytes,
): Promise<void> {
  checkReadable(file);
  const { columns } = source;
  const optional = ['title', 'domain', 'category'] as const;
  const present = optional.filter((key) => columns[key] !== undefined);
  const names = present.flatMap((key) => columns[key] ?? []);
  const textOf = (values: readonly string[], key: (typeof optional)[number]) =>
    present.includes(key) ? (values[3 + present.indexOf(key)] ?? '') : '';
  const report = await readTable(
    readText(file.blob, file.name, onBytes),
    file.name,
    formatOf(source),
    [columns.user, columns.item, columns.time, ...names],
    session.faults,
    (values, line) => {
      const place = `${file.name}:${String(line)}`;
      const user = session.id(values[0] ?? '', 'user', place);
      const item = user === null ? null : session.id(values[1] ?? '', 'item', place);
      const time = item === null ? null : session.time(values[2] ?? '', source.timeUnit, place);
      if (user === null || item === null || time === null) return;
      const domain = fileDomain ?? session.id(textOf(values, 'domain'), 'domain', place);
      if (domain === null) return;
      const builder = builderOf(domain, source, collected);
      if (builder === null) {
        collected.otherDomains += 1;
        return;
      }
      builder.add(user, item, time);
      keepText(collected.titles, domain, item, session.text(textOf(values, 'title')));
      keepText(collected.categories, domain, item, session.text(textOf(values, 'category')));
    },
  );
  const marks = report.quoted ? 'quoted' : 'unquoted';
  const dialect = `rows, ${DELIMITER_NAMES[report.delimiter]}-separated, ${marks}`;
  session.tableRead(file.name, report, dialect);
}

function builderOf(domain: string, source: CsvSource, collected: Collected): LogBuilder | null {
  const known = collected.builders.get(domain);
  if (known !== undefined) return known;
  if (source.domains !== undefined) return null;
  const builder = new LogBuilder(domain);
  collected.builders.set(domain, builder);
  return builder;
}

function keepText(texts: Texts, domain: string, item: string, text: string): void {
  if (text.trim() === '') return;
  let own = texts.get(domain);
  if (own === undefined) {
    own = new Map();
    texts.set(domain, own);
  }
  if (!own.has(item)) own.set(item, text);
}
