import { AppError } from '../../core/errors.ts';
import { readTable } from '../../io/csv-table.ts';
import { readText } from '../../io/read-text.ts';
import type { Dataset } from '../data/types.ts';
import { ImportSession } from './import-session.ts';
import { defineImporter } from './importer.ts';
import type { InputFile, OnBytes } from './importer.ts';
import { baseName, findFile, needFile } from './input-files.ts';
import { LogBuilder } from './log-builder.ts';
import { readDat } from './movielens-dat.ts';
import { ALL_FILMS, movielensSource } from './sources/movielens.ts';
import type { MovielensSource } from './sources/movielens.ts';

const FORMAT = { delimiter: ',', quoted: 'auto' } as const;
/** Fields of the files without a header. */
const RATING_FIELDS: readonly MovielensColumn[] = ['userId', 'movieId', 'rating', 'timestamp'];
const FILM_FIELDS: readonly MovielensColumn[] = ['movieId', 'title', 'genres'];
/** What the data set calls the genre of a film without one. */
const NO_GENRE = '(no genres listed)';

interface Film {
  readonly title: string;
  readonly genres: readonly string[];
}

/**
 * MovieLens `ratings.csv` and `movies.csv` (ml-latest-small, ml-25m, ml-32m), or `ratings.dat` and
 * `movies.dat` (ml-1m, ml-10m). Domains are genres:
 * a film with several chosen genres belongs to each of them. Without genres all films are one
 * domain. The side feature `genre` is the first genre listed.
 */
export const movielens = defineImporter({
  source: movielensSource,
  files: [
    {
      name: /^(u\.(data|item|info|genre|user|occupation)|u[1-5ab]\.(base|test))$/i,
      what: 'of MovieLens 100K',
      give: 'give MovieLens 1M, 10M or one with ratings.csv and movies.csv',
      isText: true,
    },
    {
      name: /^(tags|links|genome-scores|genome-tags)\.(csv|dat)$/i,
      what: 'a table of MovieLens beside the ratings',
      give: 'ratings and movies are read',
      isText: true,
    },
    {
      name: /^(users\.dat)$/i,
      what: 'the table of users of MovieLens',
      give: 'ratings.dat and movies.dat are read',
      isText: true,
    },
    {
      name: /^(ratings|movies)\.dat$/i,
      what: 'of MovieLens 1M or 10M',
      give: 'the importer movielens reads ratings and movies together',
      isText: true,
    },
  ],
  read: readMovielens,
});

async function readMovielens(
  source: MovielensSource,
  files: readonly InputFile[],
  onBytes: OnBytes,
): Promise<Dataset> {
  const { movies, ratings } = tablesOf(files);
  const session = new ImportSession(source.maxBadRows, files);
  const films = await readFilms(movies, session, onBytes);
  const { genres = null } = source;
  if (genres !== null) checkGenres(genres, films, movies.name);

  const names = genres ?? [ALL_FILMS];
  const builders = new Map(names.map((domain) => [domain, new LogBuilder(domain)]));
  let outside = 0;
  let low = 0;
  await readRows(
    ratings,
    ['userId', 'movieId', 'timestamp', 'rating'],
    'ratings',
    session,
    onBytes,
    ([userText = '', itemText = '', timeText = '', ratingText = ''], line) => {
      const place = `${ratings.name}:${String(line)}`;
      const user = session.id(userText, 'user', place);
      const item = user === null ? null : session.id(itemText, 'item', place);
      const time = item === null ? null : session.time(timeText, 's', place);
      if (user === null || item === null || time === null) return;
      if (source.minRating !== undefined) {
        const rating = ratingText.trim() === '' ? NaN : Number(ratingText);
        if (!Number.isFinite(rating)) {
          session.faults.add(place, `rating "${ratingText.slice(0, 40)}" is not a number`);
          return;
        }
        if (rating < source.minRating) {
          low += 1;
          return;
        }
      }
      const film = films.get(item);
      if (film === undefined) {
        session.faults.add(place, `film ${item} is not in ${movies.name}`);
        return;
      }
      let used = false;
      for (const domain of genres === null ? names : film.genres) {
        const builder = builders.get(domain);
        if (builder === undefined) continue;
        builder.add(user, item, time);
        used = true;
      }
      if (!used) outside += 1;
    },
  );
  if (low > 0) session.notes.push(`${String(low)} ratings below ${String(source.minRating)}.`);
  if (genres !== null) {
    session.notes.push(`${String(outside)} ratings of films outside the chosen genres.`);
  }
  return session.finish('MovieLens', [...builders.values()], () => ({
    title: (item) => films.get(item)?.title,
    features: { genre: (item) => firstGenre(films.get(item)) },
  }));
}

function firstGenre(film: Film | undefined): string | undefined {
  const [first] = film?.genres ?? [];
  return first === NO_GENRE ? undefined : first;
}

/** `.csv` of the newer releases; else `.dat` of MovieLens 1M and 10M. */
function tablesOf(files: readonly InputFile[]): { movies: InputFile; ratings: InputFile } {
  const isOld = findFile(files, 'ratings.csv') === null && findFile(files, 'ratings.dat') !== null;
  const end = isOld ? 'dat' : 'csv';
  return { movies: needFile(files, `movies.${end}`), ratings: needFile(files, `ratings.${end}`) };
}

type MovielensColumn = 'userId' | 'movieId' | 'rating' | 'timestamp' | 'title' | 'genres';

async function readRows(
  file: InputFile,
  columns: readonly MovielensColumn[],
  what: 'ratings' | 'films',
  session: ImportSession,
  onBytes: OnBytes,
  onRow: (values: readonly string[], line: number) => void,
): Promise<void> {
  if (/\.dat$/i.test(baseName(file.name))) {
    const order = what === 'ratings' ? RATING_FIELDS : FILM_FIELDS;
    const places = columns.map((column) => order.indexOf(column));
    await readDat(file, order.length, what, session, onBytes, (fields, line) => {
      onRow(
        places.map((place) => fields[place] ?? ''),
        line,
      );
    });
    return;
  }
  const text = readText(file.blob, file.name, onBytes);
  const report = await readTable(text, file.name, FORMAT, columns, session.faults, onRow);
  session.tableRead(file.name, report, what);
}

async function readFilms(
  file: InputFile,
  session: ImportSession,
  onBytes: OnBytes,
): Promise<ReadonlyMap<string, Film>> {
  const films = new Map<string, Film>();
  await readRows(
    file,
    ['movieId', 'title', 'genres'],
    'films',
    session,
    onBytes,
    ([idText = '', title = '', genres = ''], line) => {
      const item = session.id(idText, 'item', `${file.name}:${String(line)}`);
      if (item === null) return;
      films.set(item, { title, genres: [...new Set(genres.split('|').map((g) => g.trim()))] });
    },
  );
  return films;
}

function checkGenres(
  wanted: readonly string[],
  films: ReadonlyMap<string, Film>,
  fileName: string,
): void {
  const found = new Set([...films.values()].flatMap(({ genres }) => genres));
  const missing = wanted.filter((genre) => !found.has(genre));
  if (missing.length === 0) return;
  throw new AppError('data-invalid', `No film of the genre ${missing.join(', ')}.`, {
    hint: `Genres in ${fileName}: ${[...found].sort().slice(0, 50).join(', ')}. Nothing was imported.`,
    faults: missing.map((genre) => ({ place: fileName, message: `no genre "${genre}"` })),
  });
}
