import { gunzipSync, gzipSync } from 'node:zlib';
import * as v from 'valibot';
import type { RandomStream } from '../../../src/core/rng.ts';
import { AppError } from '../../../src/core/errors.ts';
import type { Dataset } from '../../../src/rec/data/types.ts';
import { importDataset } from '../../../src/rec/importers/import-files.ts';
import { fileSourceSchema } from '../../../src/rec/importers/source.ts';
import {
  fileNamed,
  jsonFile,
  promise,
  textFile,
  textOf,
  withOneChanged,
  type FuzzFile,
  type FuzzKind,
} from '../fuzz-kind.ts';
import { mutateBytes } from '../mutate/bytes.ts';
import { mutateJson } from '../mutate/json.ts';
import { oneIn } from '../mutate/pick.ts';
import { mutateText } from '../mutate/text.ts';

/** Settings of the importer, as the document's `data` section gives them. */
const SOURCE = 'source.json';

/** Logs in every layout that an importer reads, with the section that names the importer. */
export const tablesKind: FuzzKind = {
  name: 'tables',
  reads: 'CSV, TSV, JSON Lines, MovieLens, MIND, RecBole and Amazon files, gzip too',
  refuses: ['data-invalid', 'experiment-invalid', 'data-missing', 'limit-exceeded'],
  seeds: () =>
    Promise.resolve([
      {
        name: 'csv',
        input: [
          jsonFile(SOURCE, { importer: 'csv', columns: COLUMNS, timeUnit: 's' }),
          textFile('shop.csv', CSV),
        ],
      },
      {
        name: 'csv-iso-domains',
        input: [
          jsonFile(SOURCE, {
            ...{ importer: 'csv', timeUnit: 'iso', maxBadRows: 2 },
            columns: { ...COLUMNS, domain: 'shop', title: 'title', category: 'kind' },
          }),
          textFile('all.csv', CSV_ISO),
        ],
      },
      {
        name: 'tsv-gzip',
        input: [
          jsonFile(SOURCE, { importer: 'csv', columns: COLUMNS, timeUnit: 'ms', delimiter: 'tab' }),
          packed('shop.tsv.gz', TSV),
        ],
      },
      {
        name: 'amazon',
        input: [
          jsonFile(SOURCE, { importer: 'amazon-reviews', domains: ['Books'] }),
          textFile('Books.csv', AMAZON),
          textFile('meta_Books.jsonl', AMAZON_META),
        ],
      },
      {
        name: 'movielens-csv',
        input: [
          jsonFile(SOURCE, { importer: 'movielens', genres: ['Comedy', 'Drama'], minRating: 3 }),
          textFile('ratings.csv', RATINGS),
          textFile('movies.csv', MOVIES),
        ],
      },
      {
        name: 'movielens-dat',
        input: [
          jsonFile(SOURCE, { importer: 'movielens' }),
          textFile('ratings.dat', '1::1::5::978300760\n1::2::3::978302109\n2::1::4::978301968\n'),
          textFile('movies.dat', '1::Toy, the (1995)::Comedy|Drama\n2::Heat (1995)::Action\n'),
        ],
      },
      {
        name: 'mind',
        input: [
          jsonFile(SOURCE, { importer: 'mind' }),
          textFile('behaviors.tsv', BEHAVIORS),
          textFile('news.tsv', NEWS),
        ],
      },
      {
        name: 'mind-impressions',
        input: [
          jsonFile(SOURCE, { importer: 'mind', impressions: true }),
          textFile('behaviors.tsv', BEHAVIORS),
          textFile('news.tsv', NEWS),
        ],
      },
      {
        name: 'recbole',
        input: [
          jsonFile(SOURCE, { importer: 'recbole' }),
          textFile('ml.inter', INTER),
          textFile(
            'ml.item',
            'item_id:token\ttitle:token_seq\tclass:token_seq\nA\tOne\tx\nB\tTwo\ty\n',
          ),
        ],
      },
    ]),
  mutate: (input, random) =>
    withOneChanged(input, random, (file) => {
      if (file.name === SOURCE) {
        return oneIn(2, random) ? bytesOf(mutateJson(textOf(file), random)) : file.bytes;
      }
      return mutatedTable(file, random);
    }),
  async read(input) {
    const source = v.safeParse(fileSourceSchema, jsonOf(fileNamed(input, SOURCE)));
    // In the product a document holds this section, and its schema refuses it.
    if (!source.success) throw new AppError('experiment-invalid', 'The data section has a fault.');
    const files = input
      .filter(({ name }) => name !== SOURCE)
      .map(({ name, bytes }) => ({ name, blob: new Blob([bytes]) }));
    checkDataset(await importDataset(source.output, files));
  },
};

function mutatedTable(file: FuzzFile, random: RandomStream): Uint8Array<ArrayBuffer> {
  if (oneIn(6, random)) return mutateBytes(file.bytes, random);
  const isPacked = file.name.endsWith('.gz');
  const text = isPacked ? gunzipSync(file.bytes).toString() : textOf(file);
  const isJson = file.name.endsWith('.jsonl') && oneIn(2, random);
  const changed = isJson
    ? text
        .split('\n')
        .map((line) => (oneIn(2, random) ? mutateJson(line, random) : line))
        .join('\n')
    : mutateText(text, random, WORDS);
  return isPacked ? new Uint8Array(gzipSync(changed, { level: 1 })) : bytesOf(changed);
}

/** What a data set says of itself, whatever it was read from. */
function checkDataset({ domains, digest, notes }: Dataset): void {
  promise(/^[0-9a-f]{64}$/.test(digest), 'the digest is none');
  promise(
    notes.every((note) => note !== ''),
    'a note says nothing',
  );
  promise(domains.length > 0, 'there is no domain');
  promise(new Set(domains.map(({ domain }) => domain)).size === domains.length, 'a domain twice');
  for (const {
    userIds,
    itemIds,
    titles,
    users,
    items,
    timesMs,
    features,
    impressions,
  } of domains) {
    promise(users.length > 0, 'a domain has no interactions');
    promise(users.length === items.length && users.length === timesMs.length, 'columns differ');
    for (const ids of [userIds, itemIds]) {
      promise(new Set(ids).size === ids.length, 'an id twice');
      promise(
        ids.every((id) => id === id.trim() && id !== '' && id.length <= 256),
        'a bad id',
      );
      promise(
        ids.every((id, at) => at === 0 || (ids[at - 1] ?? '') < id),
        'ids out of order',
      );
    }
    promise(
      users.every((user) => user < userIds.length),
      'a user without an id',
    );
    promise(
      items.every((item) => item < itemIds.length),
      'an item without an id',
    );
    promise(
      timesMs.every((time, row) => Number.isInteger(time) && time >= (timesMs[row - 1] ?? 0)),
      'times are out of order or none',
    );
    promise(
      timesMs.every((time) => time >= Date.UTC(1990) && time < Date.UTC(2100)),
      'a time of another century',
    );
    for (const texts of [titles ?? [], ...Object.values(features ?? {})]) {
      promise(texts.length === 0 || texts.length === itemIds.length, 'texts and items differ');
      promise(
        texts.every((text) => !/[\n\r]/.test(text)),
        'a title of several lines',
      );
    }
    const shown = impressions?.candidates ?? [];
    promise(
      [...shown].every((item) => item < itemIds.length),
      'an unknown item was shown',
    );
  }
}

function jsonOf(file: FuzzFile): unknown {
  try {
    return JSON.parse(textOf(file)) as unknown;
  } catch {
    return null;
  }
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function packed(name: string, text: string): FuzzFile {
  return { name, bytes: new Uint8Array(gzipSync(text)) };
}

const WORDS = {
  words: [
    ...['', 'NaN', 'null', '1e999', '-1', '1e9', '978300760.5', '1582934400000', '99999999999999'],
    ...['2020-02-29T12:00:00Z', '2021-02-29', '2020-13-01', '00012', '__proto__', 'constructor'],
    ...['=1+1', '"', "'", '\u202e', '\ufeff', 'x'.repeat(300), '[]', '{"a":1}', '1.5e9', '0x10'],
  ],
  snippets: [
    ...['"', '""', ',', '\t', ';', '::', '|', '\n', '\r', '\r\n', '\0', '\ufeff', '\\', '\u2028'],
    ...['"a\nb"', ',,', '\n\n', ' ', 'é', '😀', '\ud800', '-0', '-1 ', '{', '}', '[', '\v'],
  ],
};
const COLUMNS = { user: 'user', item: 'item', time: 'time' };
const CSV = `user,item,time,note
u1,A,1582934400,"one, two"
u1,B,1582934460,"say ""hi"""
u2,A,1582934520,
u2,00012,1582934580,x
u3,B,1582934640,"two
lines"
`;
const TSV = ['u1\tA', 'u1\tB', 'u2\tA', 'u3\t00012']
  .map((row, at) => `${row}\t15829344${String(10 + at)}000\n`)
  .reduce((text, row) => text + row, 'user\titem\ttime\n');
const CSV_ISO = `user;item;time;shop;title;kind
u1;A;2020-02-29T12:00:00Z;Games;Chess;board
u1;B;2020-02-29 12:00:01.5;Games;Go;board
u2;A;2020-03-01;Games;;
u2;C;2020-03-01T00:00:00+02:00;Books;Emma;novel
`;
const AMAZON = `user_id,parent_asin,rating,timestamp,history
U1,B01,5.0,1582934400000,
U1,B02,3.0,1582934460000,B01
U2,B01,1.0,1582934520000,
`;
const AMAZON_META = `{"parent_asin":"B01","title":"Emma","description":["A &amp; B","two"],"main_category":"Books"}
{"parent_asin":"B02","title":null,"categories":["Books","Novels"],"features":[]}
`;
const RATINGS = `userId,movieId,rating,timestamp
1,1,4.0,964982703
1,3,4.5,964981247
2,1,2.0,964982224
2,2,3.5,964983815
`;
const MOVIES = `movieId,title,genres
1,"Story, The (1995)",Comedy|Drama
2,Heat (1995),Drama
3,Sabrina (1995),Comedy|Romance
`;
const BEHAVIORS = [
  '1\tU1\t11/11/2019 9:05:58 AM\tN1 N2\tN3-1 N4-0',
  '2\tU2\t11/12/2019 6:11:30 PM\t\tN1-0 N2-1 N4-1',
  '3\tU1\t11/13/2019 12:00:00 AM\tN3\tN4-1 N1-0',
  '',
].join('\n');
const NEWS = ['N1', 'N2', 'N3', 'N4']
  .map(
    (id, at) =>
      `${id}\t${at < 2 ? 'sports' : 'news'}\tsub\tTitle ${id}\tText\thttps://x/\t[]\t[]\n`,
  )
  .join('');
const INTER = [
  'user_id:token\titem_id:token\trating:float\ttimestamp:float',
  '1\tA\t5\t978300760',
  '1\tB\t3\t978302109.5',
  '2\tA\t4\t9.78301968e8',
  '',
].join('\n');
