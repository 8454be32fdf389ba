import { AppError } from '../../core/errors.ts';
import { readCsv } from '../../io/csv.ts';
import { readText } from '../../io/read-text.ts';
import type { Dataset } from '../types.ts';
import { ImportSession } from './import-session.ts';
import type { Importer, InputFile, OnBytes } from './importer.ts';
import { needFile } from './input-files.ts';
import { LogBuilder } from './log-builder.ts';
import { MIND_FORMAT, readMindImpressions } from './mind-impressions.ts';
import type { MindSource } from './source.ts';

/** Category of articles without a row in news.tsv; a domain only when asked for by this name. */
export const UNKNOWN_CATEGORY = 'unknown';

interface Article {
  readonly category: string;
  readonly title: string;
}

/**
 * MIND news clicks: a clicked candidate is an interaction at the time of its impression; domains
 * are categories. The click history has no times and gives none.
 */
export const mind: Importer<MindSource> = {
  id: 'mind',
  title: 'MIND news',
  sourceUrl: 'https://msnews.github.io/',
  terms: 'Microsoft Research License Terms: research use only.',
  read: readMind,
};

async function readMind(
  source: MindSource,
  files: readonly InputFile[],
  onBytes: OnBytes,
): Promise<Dataset> {
  const news = needFile(files, 'news.tsv');
  const behaviors = needFile(files, 'behaviors.tsv');
  const session = new ImportSession(source.maxBadRows);
  const articles = await readArticles(news, session, onBytes);
  const builders = new Map(
    source.categories?.map((category) => [category, new LogBuilder(category)]),
  );
  let clicks = 0;
  let unknownClicks = 0;
  let history = 0;
  let unknownHistory = 0;
  await readMindImpressions(behaviors, session, onBytes, (impression) => {
    history += impression.history.length;
    for (const item of impression.history) if (!articles.has(item)) unknownHistory += 1;
    impression.candidates.forEach((item, index) => {
      if (impression.clicked[index] !== true) return;
      clicks += 1;
      const category = articles.get(item)?.category ?? UNKNOWN_CATEGORY;
      if (category === UNKNOWN_CATEGORY) unknownClicks += 1;
      let builder = builders.get(category);
      if (builder === undefined) {
        if (source.categories !== undefined || category === UNKNOWN_CATEGORY) return;
        builder = new LogBuilder(category);
        builders.set(category, builder);
      }
      builder.add(impression.user, item, impression.timeMs);
    });
  });
  session.notes.push(
    `${String(unknownClicks)} of ${String(clicks)} clicks are on articles of unknown category.`,
    `${String(unknownHistory)} of ${String(history)} history entries have no row in ${news.name}.`,
    'Times have no zone in the source and are taken as UTC.',
  );
  const domains = [...builders.values()];
  if (source.categories === undefined) domains.sort((a, b) => (a.domain < b.domain ? -1 : 1));
  return session.finish('MIND', domains, () => ({
    title: (item) => articles.get(item)?.title,
  }));
}

async function readArticles(
  file: InputFile,
  session: ImportSession,
  onBytes: OnBytes,
): Promise<ReadonlyMap<string, Article>> {
  const articles = new Map<string, Article>();
  await readCsv(readText(file.blob, file.name, onBytes), file.name, MIND_FORMAT, {
    onRow(fields, line) {
      const [idText = '', category = '', , title = ''] = fields;
      const place = `${file.name}:${String(line)}`;
      if (fields.length < 4) {
        session.faults.add(place, `${String(fields.length)} fields where MIND has 8`);
        return;
      }
      const item = session.id(idText, 'item', place);
      if (item !== null) articles.set(item, { category, title });
    },
    onFault(message, line) {
      session.faults.add(`${file.name}:${String(line)}`, message);
    },
  });
  if (articles.size === 0 && session.faults.total === 0) {
    throw new AppError('data-invalid', `${file.name} is empty.`, {
      hint: 'Check that the download finished. Nothing was imported.',
      faults: [{ place: `${file.name}:1`, message: 'no articles' }],
    });
  }
  session.fileRead(file.name, articles.size, 'articles');
  return articles;
}
