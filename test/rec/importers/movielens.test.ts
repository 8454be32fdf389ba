import { expect, test } from 'vitest';
import { faultOf, fileOf, importFrom, realFolder, rowsOf } from './support.ts';

const movies = `movieId,title,genres
1,Toy Story (1995),Adventure|Comedy
2,"American President, The (1995)",Comedy|Drama
3,Silent (1990),(no genres listed)
`;
const ratings = `userId,movieId,rating,timestamp
7,1,4.0,964982703
7,2,2.5,964982700
8,3,5.0,964982704
8,1,4.5,964982705
`;
const source = { importer: 'movielens', genres: ['Drama', 'Comedy'] };
const files = [fileOf('ratings.csv', ratings), fileOf('ml/movies.csv', movies)];

test('a film belongs to each chosen genre it has; seconds become milliseconds', async () => {
  const dataset = await importFrom(source, files);
  expect(dataset.domains.map(({ domain }) => domain)).toEqual(['Drama', 'Comedy']);
  expect(rowsOf(dataset.domains[0])).toEqual(['7 2 964982700000']);
  expect(rowsOf(dataset.domains[1])).toEqual([
    '7 2 964982700000',
    '7 1 964982703000',
    '8 1 964982705000',
  ]);
  expect(dataset.domains[0]?.titles).toEqual(['American President, The (1995)']);
  expect(dataset.notes.join('\n')).toContain('1 ratings of films outside the chosen genres');
});

test('without genres all films are one domain; the feature is the first genre', async () => {
  const { domains, notes } = await importFrom({ importer: 'movielens' }, files);
  const [log] = domains;
  expect(domains.map(({ domain }) => domain)).toEqual(['Movies']);
  expect(rowsOf(log)).toEqual([
    '7 2 964982700000',
    '7 1 964982703000',
    '8 3 964982704000',
    '8 1 964982705000',
  ]);
  expect(log?.itemIds).toEqual(['1', '2', '3']);
  expect(log?.features).toEqual({ genre: ['Adventure', 'Comedy', ''] });
  expect(notes.join('\n')).not.toContain('outside');
});

test('minRating keeps the ratings at and above it', async () => {
  const dataset = await importFrom({ ...source, genres: ['Comedy'], minRating: 4 }, files);
  expect(rowsOf(dataset.domains[0])).toEqual(['7 1 964982703000', '8 1 964982705000']);
});

test('an unknown genre lists those there are', async () => {
  const error = await faultOf(importFrom({ ...source, genres: ['Comedy', 'Horror'] }, files));
  expect(error.code).toBe('data-invalid');
  expect(error.message).toContain('Horror');
  expect(error.hint).toContain('Adventure, Comedy, Drama');
});

test('unknown films, bad ratings and milliseconds are faults', async () => {
  const bad = `${ratings}8,99,4.0,964982705\n8,1,x,964982705\n8,1,4.0,964982705000\n`;
  const error = await faultOf(
    importFrom({ ...source, minRating: 1 }, [fileOf('ratings.csv', bad), ...files.slice(1)]),
  );
  expect(error.faults.map(({ place, message }) => `${place} ${message}`)).toEqual([
    'ratings.csv:6 film 99 is not in ml/movies.csv',
    'ratings.csv:7 rating "x" is not a number',
    'ratings.csv:8 timestamp "964982705000" is not between 1990 and 2100: is it in milliseconds?',
  ]);
});

test('a missing file is named', async () => {
  const error = await faultOf(importFrom(source, files.slice(0, 1)));
  expect(error).toMatchObject({ code: 'data-missing', faults: [{ place: 'movies.csv' }] });
});

const real = realFolder('movielens-latest-small');
test.skipIf(!real.present)('the real MovieLens (../shared/data)', { timeout: 60_000 }, async () => {
  const dataset = await importFrom({ importer: 'movielens', genres: ['Comedy'] }, real.files());
  const [log] = dataset.domains;
  expect(dataset.notes[0]).toBe('movies.csv: 9742 films.');
  expect(dataset.notes[1]).toBe('ratings.csv: 100836 ratings.');
  // Counted by an independent program: films whose genres contain Comedy.
  expect(log?.users.length).toBe(39053);
  expect(log?.itemIds.length).toBe(3753);
  expect(log?.titles?.every((title) => title !== '')).toBe(true);
});

test.skipIf(!real.present)(
  'all films of the real MovieLens (../shared/data)',
  { timeout: 60_000 },
  async () => {
    const { domains } = await importFrom({ importer: 'movielens' }, real.files());
    const [log] = domains;
    expect(log?.users.length).toBe(100836);
    expect(log?.itemIds.length).toBe(9724);
    expect(new Set(log?.features?.['genre']).size).toBe(19);
    expect(log?.features?.['genre']?.filter((value) => value === '')).toHaveLength(34);
  },
);

/** One byte a character. */
const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

const films =
  "1::Toy Story (1995)::Animation|Children's|Comedy\n2::Misérables, Les (1995)::Drama\n3::Alien: A::B (1979)::Drama\n";
const stars = '7::1::5::978300760\n8::2::3::978302109\n8::3::1::978302110\n';

test('MovieLens 1M: fields between "::", titles in Latin-1', async () => {
  const { domains, notes } = await importFrom({ importer: 'movielens', minRating: 3 }, [
    fileOf('ml-1m/movies.dat', latin1(films)),
    fileOf('ml-1m/ratings.dat', stars),
    fileOf('ml-1m/users.dat', '1::F::1::10::48067\n'),
    fileOf('ml-1m/README', 'read me'),
  ]);
  expect(rowsOf(domains[0])).toEqual(['7 1 978300760000', '8 2 978302109000']);
  expect(domains[0]?.titles).toEqual(['Toy Story (1995)', 'Misérables, Les (1995)']);
  expect(domains[0]?.features).toEqual({ genre: ['Animation', 'Drama'] });
  expect(notes).toContain('ml-1m/movies.dat is not UTF-8 and was read as Latin-1.');
  expect(notes).toContain(
    '2 files were not read: ml-1m/users.dat (the table of users of MovieLens), ml-1m/README.',
  );
});

test('MovieLens 10M: the same in UTF-8; a title may have colons', async () => {
  const { domains, notes } = await importFrom({ importer: 'movielens', genres: ['Drama'] }, [
    fileOf('movies.dat', films),
    fileOf('ratings.dat', stars),
  ]);
  expect(domains[0]?.titles).toEqual(['Misérables, Les (1995)', 'Alien: A::B (1979)']);
  expect(notes.join('\n')).not.toContain('Latin-1');
});

test('.dat lines with other fields are faults with their line', async () => {
  const { faults } = await faultOf(
    importFrom({ importer: 'movielens' }, [
      fileOf('movies.dat', films),
      fileOf('ratings.dat', `${stars}7::1::5\n7,1,5,978300760\n7::1::5::978300760::x\n`),
    ]),
  );
  expect(faults.map(({ place }) => place)).toEqual([
    'ratings.dat:4',
    'ratings.dat:5',
    'ratings.dat:6',
  ]);
});

test('two files of one name are refused, not one of them chosen', async () => {
  const error = await faultOf(
    importFrom({ importer: 'movielens' }, [...files, fileOf('old/ratings.csv.gz', ratings)]),
  );
  expect(error.message).toBe('2 files are called ratings.csv.');
  expect(error.faults.map(({ place }) => place)).toEqual(['ratings.csv', 'old/ratings.csv.gz']);
});
