import { AppError } from '../../core/errors.ts';
import { readCsv } from '../../io/csv.ts';
import { readText } from '../../io/read-text.ts';
import type { Dataset } from '../data/types.ts';
import { ImportSession } from './import-session.ts';
import { defineImporter } from './importer.ts';
import type { InputFile, OnBytes } from './importer.ts';
import { needFile } from './input-files.ts';
import { LogBuilder } from './log-builder.ts';
import type { ItemFacts } from './log-builder.ts';
import { MIND_FORMAT, readMindImpressions } from './mind-impressions.ts';
import { ALL_NEWS, mindSource } from './sources/mind.ts';
import type { MindSource } from './sources/mind.ts';

/** Category of articles without a row in news.tsv; a domain only when asked for by this name. */
const UNKNOWN_CATEGORY = 'unknown';

interface Article {
  readonly category: string;
  readonly subcategory: string;
  readonly title: string;
}

/**
 * MIND news clicks: a clicked candidate is an interaction at the time of its impression; domains
 * are categories. The click history has no times and gives none. With `impressions` the whole site
 * is one domain, which keeps what was shown, the histories and articles that nobody clicked. Side
 * features: `category` and `subcategory`.
 */
export const mind = defineImporter({
  source: mindSource,
  files: [
    {
      name: /^(behaviors|news)\.tsv$/i,
      what: 'of MIND',
      give: 'the importer mind reads behaviors.tsv and news.tsv together',
      isText: true,
    },
    {
      name: /^(entity|relation)_embedding\.vec$/i,
      what: 'a table of embeddings of MIND',
      give: 'behaviors.tsv and news.tsv are read',
      isText: true,
    },
  ],
  read: readMind,
});

async function readMind(
  source: MindSource,
  files: readonly InputFile[],
  onBytes: OnBytes,
): Promise<Dataset> {
  const news = needFile(files, 'news.tsv');
  const behaviors = needFile(files, 'behaviors.tsv');
  const session = new ImportSession(source.maxBadRows, files);
  const articles = await readArticles(news, session, onBytes);
  const builders =
    source.impressions === true
      ? await readSite(articles, behaviors, session, onBytes)
      : await readCategories(source, articles, behaviors, session, onBytes);
  session.notes.push('Times have no zone in the source and are taken as UTC.');
  const facts: ItemFacts = {
    title: (item) => articles.get(item)?.title,
    features: {
      category: (item) => articles.get(item)?.category,
      subcategory: (item) => articles.get(item)?.subcategory,
    },
  };
  return session.finish('MIND', builders, () => facts);
}

type Articles = ReadonlyMap<string, Article>;

/** Clicks alone, one domain a category. */
async function readCategories(
  source: MindSource,
  articles: Articles,
  behaviors: InputFile,
  session: ImportSession,
  onBytes: OnBytes,
): Promise<LogBuilder[]> {
  const builders = new Map(
    source.categories?.map((category) => [category, new LogBuilder(category)]),
  );
  let clicks = 0;
  let unknownClicks = 0;
  const history = new KnownCount(articles);
  await readMindImpressions(behaviors, session, onBytes, (impression) => {
    history.add(impression.history);
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
    `${history.text('history entries')}.`,
  );
  const domains = [...builders.values()];
  if (source.categories === undefined) domains.sort((a, b) => (a.domain < b.domain ? -1 : 1));
  return domains;
}

/** The whole site with its impressions, as one domain. */
async function readSite(
  articles: Articles,
  behaviors: InputFile,
  session: ImportSession,
  onBytes: OnBytes,
): Promise<LogBuilder[]> {
  const builder = new LogBuilder(ALL_NEWS);
  for (const item of articles.keys()) builder.addItem(item);
  const candidates = new KnownCount(articles);
  const history = new KnownCount(articles);
  await readMindImpressions(behaviors, session, onBytes, (impression) => {
    candidates.add(impression.candidates);
    history.add(impression.history);
    builder.addImpression(impression);
    impression.candidates.forEach((item, index) => {
      if (impression.clicked[index] === true) builder.add(impression.user, item, impression.timeMs);
    });
  });
  session.notes.push(`${candidates.text('candidates')}.`, `${history.text('history entries')}.`);
  return [builder];
}

/** Counts how many of the items have a row in news.tsv. */
class KnownCount {
  private readonly articles: Articles;
  private all = 0;
  private unknown = 0;

  constructor(articles: Articles) {
    this.articles = articles;
  }

  add(items: readonly string[]): void {
    this.all += items.length;
    for (const item of items) if (!this.articles.has(item)) this.unknown += 1;
  }

  text(what: string): string {
    return `${String(this.unknown)} of ${String(this.all)} ${what} have no row in news.tsv`;
  }
}

async function readArticles(
  file: InputFile,
  session: ImportSession,
  onBytes: OnBytes,
): Promise<Articles> {
  const articles = new Map<string, Article>();
  await readCsv(readText(file.blob, file.name, onBytes), file.name, MIND_FORMAT, {
    onRow(fields, line) {
      const [idText = '', category = '', subcategory = '', title = ''] = fields;
      const place = `${file.name}:${String(line)}`;
      if (fields.length < 4) {
        session.faults.add(place, `${String(fields.length)} fields where MIND has 8`);
        return;
      }
      const item = session.id(idText, 'item', place);
      if (item !== null) articles.set(item, { category, subcategory, title });
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
