import { AppError } from '../../core/errors.ts';
import { firstNames } from '../../core/notes.ts';
import { readTable, tableColumns } from '../../io/csv-table.ts';
import { readText } from '../../io/read-text.ts';
import type { Dataset } from '../data/types.ts';
import { ImportSession } from './import-session.ts';
import { defineImporter } from './importer.ts';
import type { InputFile, OnBytes } from './importer.ts';
import { baseName, findFile, missingFiles } from './input-files.ts';
import { LogBuilder } from './log-builder.ts';
import type { ItemFacts } from './log-builder.ts';
import { recboleSource } from './sources/recbole.ts';
import type { RecboleSource } from './sources/recbole.ts';

/** RecBole's atomic files: tabs, a header of `name:type`, quotation marks are characters. */
const FORMAT = { delimiter: '\t', quoted: false } as const;
const TYPES = ['token', 'token_seq', 'float', 'float_seq'];
/** Column of `.item` that is taken for the title, in this order. */
const TITLES = ['title', 'movie_title', 'item_title', 'product_name', 'name', 'item_name'];

/**
 * RecBole's atomic files: `{Domain}.inter` with users, items and times, and, where given,
 * `{Domain}.item` with titles. Lists of items in one field, as in its sequential benchmarks, are
 * not read.
 */
export const recbole = defineImporter({
  source: recboleSource,
  files: [
    {
      name: /\.(user|link|kg|net|itememb|useremb)$/i,
      what: 'a table of RecBole beside the interactions',
      give: 'the importer recbole reads .inter and .item',
      isText: true,
    },
    {
      name: /\.(inter|item)$/i,
      what: 'of RecBole',
      give: 'the importer recbole reads .inter and .item',
      isText: true,
    },
  ],
  read: readRecbole,
});

async function readRecbole(
  source: RecboleSource,
  files: readonly InputFile[],
  onBytes: OnBytes,
): Promise<Dataset> {
  const domains = source.domains ?? domainsOf(files).sort();
  const wanted = domains.length === 0 ? ['{Domain}'] : domains;
  const missing = wanted.filter((domain) => findFile(files, `${domain}.inter`) === null);
  if (missing.length > 0) {
    throw missingFiles(
      files,
      missing.map((domain) => `${domain}.inter`),
    );
  }
  const session = new ImportSession(source.maxBadRows, files);
  const builders: LogBuilder[] = [];
  const facts = new Map<string, ItemFacts>();
  for (const domain of domains) {
    const log = findFile(files, `${domain}.inter`);
    if (log === null) continue;
    builders.push(await readLog(source, domain, log, session, onBytes));
    const items = findFile(files, `${domain}.item`);
    if (items !== null) facts.set(domain, await readItems(source, items, session, onBytes));
  }
  const untitled = domains.filter((domain) => !facts.has(domain));
  if (untitled.length > 0) {
    session.notes.push(`No {Domain}.item, so no titles: ${firstNames(untitled)}.`);
  }
  return session.finish('RecBole', builders, (domain) => facts.get(domain) ?? {});
}

function domainsOf(files: readonly InputFile[]): string[] {
  return files.flatMap(({ name }) => /^(.+)\.inter$/i.exec(baseName(name))?.[1] ?? []);
}

async function readLog(
  source: RecboleSource,
  domain: string,
  file: InputFile,
  session: ImportSession,
  onBytes: OnBytes,
): Promise<LogBuilder> {
  const header = await readHeader(file);
  const { user = 'user_id', item = 'item_id', time = 'timestamp' } = source.columns;
  const columns = [user, item, time].map((name) => columnOf(header, name));
  if (columns.some((column) => column === null)) throw noLog(file.name, header, [user, item, time]);
  const builder = new LogBuilder(domain);
  const report = await readTable(
    readText(file.blob, file.name, onBytes),
    file.name,
    FORMAT,
    columns.flatMap((column) => column ?? []),
    session.faults,
    ([userText = '', itemText = '', timeText = ''], line) => {
      const place = `${file.name}:${String(line)}`;
      const userId = session.id(userText, 'user', place);
      const itemId = userId === null ? null : session.id(itemText, 'item', place);
      const timeMs = itemId === null ? null : session.time(timeText, source.timeUnit, place);
      if (userId !== null && itemId !== null && timeMs !== null) {
        builder.add(userId, itemId, timeMs);
      }
    },
  );
  session.tableRead(file.name, report);
  return builder;
}

async function readItems(
  source: RecboleSource,
  file: InputFile,
  session: ImportSession,
  onBytes: OnBytes,
): Promise<ItemFacts> {
  const header = await readHeader(file);
  const { item = 'item_id', title, category } = source.columns;
  const titleName = title ?? TITLES.find((name) => columnOf(header, name) !== null);
  const wanted = [item, titleName, category].flatMap((name) => name ?? []);
  const columns = wanted.map((name) => columnOf(header, name));
  if (columns.some((column) => column === null)) throw lacks(file.name, header, wanted);
  if (titleName === undefined) {
    session.notes.push(
      `${file.name}: no column that is called like a title (columns: ${header.join(', ')}); data.columns.title names one.`,
    );
  }
  const titles = new Map<string, string>();
  const categories = new Map<string, string>();
  const report = await readTable(
    readText(file.blob, file.name, onBytes),
    file.name,
    FORMAT,
    columns.flatMap((column) => column ?? []),
    session.faults,
    ([idText = '', ...texts], line) => {
      const id = session.id(idText, 'item', `${file.name}:${String(line)}`);
      if (id === null) return;
      const values = texts.map((text) => session.text(text));
      if (titleName !== undefined) titles.set(id, values.shift() ?? '');
      if (category !== undefined) categories.set(id, values.shift() ?? '');
    },
  );
  session.tableRead(file.name, report, 'items');
  return {
    ...(titleName !== undefined && { title: (id) => titles.get(id) }),
    ...(category !== undefined && { features: { category: (id) => categories.get(id) } }),
  };
}

function readHeader(file: InputFile): Promise<readonly string[]> {
  return tableColumns(readText(file.blob, file.name), file.name, FORMAT);
}

/** The header's column of this name, whatever its type; null without one. */
function columnOf(header: readonly string[], name: string): string | null {
  const found = header.find(
    (column) => column === name || TYPES.some((type) => column === `${name}:${type}`),
  );
  return found ?? null;
}

function noLog(name: string, header: readonly string[], wanted: readonly string[]): AppError {
  if (!header.some((column) => /_seq$/.test(column))) return lacks(name, header, wanted);
  return new AppError(
    'data-invalid',
    `${name} cannot be read: this is a benchmark of RecBole with a list of items in one field.`,
    {
      hint: 'Give the .inter file of the whole data set, with one interaction a row. Nothing was imported.',
      faults: [{ place: `${name}:1`, message: `columns: ${header.join(', ')}` }],
    },
  );
}

function lacks(name: string, header: readonly string[], wanted: readonly string[]): AppError {
  return new AppError(
    'data-invalid',
    `${name} lacks what is needed. Columns found: ${header.join(', ')}. Needed: ${wanted.join(', ')}.`,
    {
      hint: 'Name them in data.columns (user, item, time, title, category), without their types. Times are needed. Nothing was imported.',
      faults: wanted
        .filter((column) => columnOf(header, column) === null)
        .map((column) => ({ place: `${name}:1`, message: `no column "${column}"` })),
    },
  );
}
