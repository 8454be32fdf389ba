import { readTable } from '../../io/csv-table.ts';
import { readJsonl } from '../../io/jsonl.ts';
import { readText } from '../../io/read-text.ts';
import type { Dataset } from '../data/types.ts';
import { readGivenIds } from './given-ids.ts';
import { ImportSession } from './import-session.ts';
import type { Importer, InputFile, OnBytes } from './importer.ts';
import { baseName, findFile, missingFiles } from './input-files.ts';
import { LogBuilder } from './log-builder.ts';
import type { AmazonReviewsSource } from './source.ts';

const FORMAT = { delimiter: ',', quoted: 'auto' } as const;
const COLUMNS = ['user_id', 'parent_asin', 'timestamp'] as const;

/**
 * Amazon Reviews 2023, "rating only" files `{Domain}.csv(.gz)` with a time in ms, and, where
 * given, item metadata `meta_{Domain}.jsonl(.gz)` for the titles and descriptions, and
 * `semantic_ids_{Domain}.json(.gz)` with ids made by another program (`ids.features: file`).
 */
export const amazonReviews: Importer<AmazonReviewsSource> = {
  id: 'amazon-reviews',
  title: 'Amazon Reviews 2023 layout',
  sourceUrl: 'https://amazon-reviews-2023.github.io/',
  terms: 'Reviews by Amazon customers, published for research; check the terms of your copy.',
  read: readAmazonReviews,
};

async function readAmazonReviews(
  source: AmazonReviewsSource,
  files: readonly InputFile[],
  onBytes: OnBytes,
): Promise<Dataset> {
  const domains = source.domains ?? domainsOf(files.map(({ name }) => name)).sort();
  const wanted = domains.length === 0 ? ['{Domain}.csv.gz'] : domains.map((name) => `${name}.csv`);
  const missing = wanted.filter((name) => findFile(files, name) === null);
  if (missing.length > 0) throw missingFiles(files, missing);

  const session = new ImportSession(source.maxBadRows);
  const builders: LogBuilder[] = [];
  const texts = new Map<string, ReadonlyMap<string, ItemText>>();
  const ids = new Map<string, ReadonlyMap<string, readonly number[]>>();
  for (const domain of domains) {
    const log = findFile(files, `${domain}.csv`);
    const meta = findFile(files, `meta_${domain}.jsonl`);
    if (log === null) continue;
    builders.push(await readLog(domain, log, session, onBytes));
    const given = findFile(files, `semantic_ids_${domain}.json`);
    if (given !== null) ids.set(domain, await readGivenIds(given, session, onBytes));
    if (meta !== null) texts.set(domain, await readTexts(meta, session, onBytes));
    else session.notes.push(`${domain}: no meta_${domain}.jsonl.gz, so its items have no titles.`);
  }
  return session.finish('Amazon reviews', builders, (domain) => {
    const own = texts.get(domain);
    const given = ids.get(domain);
    return {
      ...(texts.size > 0 && { title: (item) => own?.get(item)?.title }),
      ...(own !== undefined && { description: (item) => own.get(item)?.description }),
      ...(given !== undefined && { givenId: (item) => given.get(item) }),
    };
  });
}

async function readLog(
  domain: string,
  file: InputFile,
  session: ImportSession,
  onBytes: OnBytes,
): Promise<LogBuilder> {
  const builder = new LogBuilder(domain);
  const text = readText(file.blob, file.name, onBytes);
  const report = await readTable(
    text,
    file.name,
    FORMAT,
    COLUMNS,
    session.faults,
    ([userText = '', itemText = '', timeText = ''], line) => {
      const place = `${file.name}:${String(line)}`;
      const user = session.id(userText, 'user', place);
      const item = user === null ? null : session.id(itemText, 'item', place);
      const time = item === null ? null : session.time(timeText, 'ms', place);
      if (user !== null && item !== null && time !== null) builder.add(user, item, time);
    },
  );
  session.tableRead(file.name, report);
  return builder;
}

interface ItemText {
  readonly title: string;
  readonly description: string;
}

async function readTexts(
  file: InputFile,
  session: ImportSession,
  onBytes: OnBytes,
): Promise<ReadonlyMap<string, ItemText>> {
  const texts = new Map<string, ItemText>();
  let rows = 0;
  const text = readText(file.blob, file.name, onBytes);
  await readJsonl(text, file.name, session.faults, (value, line) => {
    rows += 1;
    const { parent_asin: item, title, description } = fieldsOf(value);
    if (typeof item !== 'string' || item === '') {
      session.faults.add(`${file.name}:${String(line)}`, 'no text in "parent_asin"');
    } else if (typeof title === 'string') {
      texts.set(item, { title, description: textOf(description) });
    } else if (title !== null && title !== undefined) {
      session.faults.add(`${file.name}:${String(line)}`, '"title" is no text');
    }
  });
  session.fileRead(file.name, rows, 'items');
  return texts;
}

/** The data set has lists of lines; a plain text will do as well. */
function textOf(description: unknown): string {
  const lines: readonly unknown[] = Array.isArray(description) ? description : [description];
  return lines.filter((line) => typeof line === 'string').join('\n');
}

function fieldsOf(value: unknown): {
  readonly parent_asin?: unknown;
  readonly title?: unknown;
  readonly description?: unknown;
} {
  return typeof value === 'object' && value !== null ? value : {};
}

function domainsOf(fileNames: readonly string[]): string[] {
  return fileNames.flatMap((name) => /^(.+)\.csv$/i.exec(baseName(name))?.[1] ?? []);
}
