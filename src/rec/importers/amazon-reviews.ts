import { AppError } from '../../core/errors.ts';
import { firstNames } from '../../core/notes.ts';
import { readTable } from '../../io/csv-table.ts';
import { readJsonl } from '../../io/jsonl.ts';
import { readText } from '../../io/read-text.ts';
import type { Dataset } from '../data/types.ts';
import { readGivenIds } from './given-ids.ts';
import { ImportSession } from './import-session.ts';
import { defineImporter } from './importer.ts';
import type { InputFile, OnBytes } from './importer.ts';
import { baseName, findFile, missingFiles } from './input-files.ts';
import { LogBuilder } from './log-builder.ts';
import { amazonReviewsSource } from './sources/amazon-reviews.ts';
import type { AmazonReviewsSource } from './sources/amazon-reviews.ts';

const FORMAT = { delimiter: ',', quoted: 'auto' } as const;
const SPLITS = ['train', 'valid', 'test'] as const;
const COLUMNS = ['user_id', 'parent_asin', 'timestamp'] as const;

/**
 * Amazon Reviews 2023, "rating only" files `{Domain}.csv(.gz)` with a time in ms, or the reviews
 * themselves, `{Domain}.jsonl(.gz)`; and, where
 * given, item metadata `meta_{Domain}.jsonl(.gz)` for the titles and descriptions, and
 * `semantic_ids_{Domain}.json(.gz)` with ids made by another program (`ids.features: file`).
 */
export const amazonReviews = defineImporter({
  source: amazonReviewsSource,
  files: [
    {
      name: /\.(jsonl|ndjson)$/i,
      what: 'JSON, one object a line',
      give: 'the importer amazon-reviews reads those of Amazon; write others as CSV',
      isText: true,
    },
    {
      name: /^reviews_.+\.json$|^.+_5\.json$/i,
      what: 'of the Amazon reviews of 2014 or 2018',
      give: 'give the 2023 release, or user, item and time as CSV (importer: csv)',
      isText: true,
    },
  ],
  read: readAmazonReviews,
});

async function readAmazonReviews(
  source: AmazonReviewsSource,
  files: readonly InputFile[],
  onBytes: OnBytes,
): Promise<Dataset> {
  const domains = source.domains ?? domainsOf(files.map(({ name }) => name)).sort();
  const missing =
    domains.length === 0
      ? ['{Domain}']
      : domains.filter((name) => logsOf(files, name).length === 0);
  if (missing.length > 0) {
    throw missingFiles(
      files,
      missing.map((name) => `${name}.csv or ${name}.jsonl`),
    );
  }

  const session = new ImportSession(source.maxBadRows, files);
  const builders: LogBuilder[] = [];
  const texts = new Map<string, ReadonlyMap<string, ItemText>>();
  const ids = new Map<string, ReadonlyMap<string, readonly number[]>>();
  for (const domain of domains) {
    const logs = logsOf(files, domain);
    const meta = findFile(files, `meta_${domain}.jsonl`);
    const builder = new LogBuilder(domain);
    for (const log of logs) {
      const isJson = baseName(log.name).endsWith('.jsonl');
      await (isJson ? readReviews : readRatings)(builder, log, session, onBytes);
    }
    if (logs.length > 1) {
      session.notes.push(
        `${domain}: its ${String(logs.length)} splits are one log; stages are cut by date.`,
      );
    }
    builders.push(builder);
    const given = findFile(files, `semantic_ids_${domain}.json`);
    if (given !== null) ids.set(domain, await readGivenIds(given, session, onBytes));
    if (meta !== null) texts.set(domain, await readTexts(meta, session, onBytes));
  }
  const untitled = domains.filter((domain) => !texts.has(domain));
  if (untitled.length > 0) {
    session.notes.push(`No meta_{Domain}.jsonl.gz, so no titles: ${firstNames(untitled)}.`);
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

/**
 * The ratings alone before the reviews, which are many times larger and say the same; else the
 * splits that are published of them, which together are the log.
 */
function logsOf(files: readonly InputFile[], domain: string): readonly InputFile[] {
  const whole = findFile(files, `${domain}.csv`) ?? findFile(files, `${domain}.jsonl`);
  if (whole !== null) return [whole];
  return SPLITS.flatMap((split) => findFile(files, `${domain}.${split}.csv`) ?? []);
}

/** Reviews, one JSON object a line; their own title and text are not the item's. */
async function readReviews(
  builder: LogBuilder,
  file: InputFile,
  session: ImportSession,
  onBytes: OnBytes,
): Promise<void> {
  let rows = 0;
  const text = readText(file.blob, file.name, onBytes);
  await readJsonl(text, file.name, session.faults, (value, line) => {
    rows += 1;
    const place = `${file.name}:${String(line)}`;
    const review = fieldsOf(value);
    if (review.reviewerID !== undefined) throw oldRelease(file.name);
    const user = session.id(textValue(review.user_id), 'user', place);
    const item = user === null ? null : session.id(textValue(review.parent_asin), 'item', place);
    const time = item === null ? null : session.time(textValue(review.timestamp), 'ms', place);
    if (user !== null && item !== null && time !== null) builder.add(user, item, time);
  });
  session.fileRead(file.name, rows, 'reviews');
}

/** A number only where JSON has kept all of its digits. */
function textValue(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : '';
}

function oldRelease(name: string): AppError {
  return new AppError(
    'data-invalid',
    `${name} cannot be read: these are Amazon reviews of 2014 or 2018.`,
    {
      hint: 'Give the 2023 release, or reviewerID, asin and unixReviewTime as CSV (importer: csv, timeUnit: s). Nothing was imported.',
      faults: [{ place: `${name}:1`, message: 'has "reviewerID" where 2023 has "user_id"' }],
    },
  );
}

async function readRatings(
  builder: LogBuilder,
  file: InputFile,
  session: ImportSession,
  onBytes: OnBytes,
): Promise<void> {
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
  readonly user_id?: unknown;
  readonly reviewerID?: unknown;
  readonly timestamp?: unknown;
  readonly parent_asin?: unknown;
  readonly title?: unknown;
  readonly description?: unknown;
} {
  return typeof value === 'object' && value !== null ? value : {};
}

function domainsOf(fileNames: readonly string[]): string[] {
  const names = fileNames.flatMap(
    (name) =>
      /^(?!meta_)(.+?)(\.(train|valid|test))?\.(csv|jsonl)$/i.exec(baseName(name))?.[1] ?? [],
  );
  return [...new Set(names)];
}
