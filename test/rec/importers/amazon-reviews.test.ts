import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { faultOf, fileOf, importFrom, realFolder, rowsOf } from './support.ts';

const header = 'user_id,parent_asin,rating,timestamp\n';
const office = `${header}u2,B,5.0,1500000000000
u1,A,,1500000000000
u1,B,4.0,1400000000000
u1,C,4.0,1500000000000
u1,A,,1500000000000
`;
const meta = `{"parent_asin":"A","title":"  Blue\\n pen "}
{"parent_asin":"C","title":null}
{"parent_asin":"Z","title":"never bought"}
`;
const source = { importer: 'amazon-reviews' };

describe('a small log', () => {
  test('is sorted by time, user and row; repeated rows go; titles are joined', async () => {
    const dataset = await importFrom(source, [
      fileOf('data/Office.csv.gz', gzipSync(office)),
      fileOf('meta_Office.jsonl', meta),
    ]);
    const [log] = dataset.domains;
    expect(log?.domain).toBe('Office');
    expect(rowsOf(log)).toEqual([
      'u1 B 1400000000000',
      'u1 A 1500000000000',
      'u1 C 1500000000000',
      'u2 B 1500000000000',
    ]);
    expect(log?.itemIds).toEqual(['A', 'B', 'C']);
    expect(log?.titles).toEqual(['Blue pen', '', '']);
    expect(dataset.notes.join('\n')).toContain('1 duplicates dropped');
    expect(dataset.notes.join('\n')).toContain('2 items without a title');
  });

  test('the digest depends on content only', async () => {
    const digestOf = async (text: string, name = 'Office.csv') =>
      (await importFrom(source, [fileOf(name, text)])).digest;
    const digest = await digestOf(office);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(await digestOf(office, 'elsewhere/Office.csv')).toBe(digest);
    const [head = '', first = '', ...rest] = office.split('\n');
    expect(await digestOf([head, ...rest.slice(0, -1), first, ''].join('\n'))).toBe(digest);
    expect(await digestOf(office.replace('u2', 'u3'))).not.toBe(digest);
    expect(await digestOf(office.replace('1400000000000', '1400000000001'))).not.toBe(digest);
    expect(await digestOf(office, 'Other.csv')).not.toBe(digest);
  });

  test('descriptions and ids of another program come along, and count for the digest', async () => {
    const described =
      '{"parent_asin":"A","title":"Pen","description":["Blue.","  Writes\\nwell. "]}\n';
    const files = [fileOf('Office.csv', office), fileOf('meta_Office.jsonl', described)];
    const ids = (text: string) => fileOf('semantic_ids_Office.json', text);
    const given = '{"A":["<a_3>","<b_14>"],"B":"<a_0><b_255>","Z":["<a_1>","<b_1>"]}';
    const plain = await importFrom(source, files);
    expect(plain.domains[0]?.descriptions).toEqual(['Blue. Writes well.', '', '']);
    expect(plain.domains[0]?.givenIds).toBeUndefined();
    const dataset = await importFrom(source, [...files, ids(given)]);
    expect(dataset.domains[0]?.givenIds).toEqual([[3, 14], [0, 255], null]);
    expect(dataset.digest).not.toBe(plain.digest);
  });

  test.each([
    ['[1]', /^semantic_ids_Office.json: is no JSON object/],
    ['{"A":"<a_3>x"}', /^semantic_ids_Office.json: "A": is no id such as/],
    ['{"A":["<b_3>"]}', /^semantic_ids_Office.json: "A": is no id such as/],
    ['{"A":["<a_70000>"]}', /^semantic_ids_Office.json: "A": is no id such as/],
    ['{"A":"<a_3><b_1>","B":"<a_3>"}', /"B": has 1 levels, others 2$/],
  ])('a file of ids %s is refused with its place', async (text, message) => {
    const files = [fileOf('Office.csv', office), fileOf('semantic_ids_Office.json', text)];
    const { faults } = await faultOf(importFrom(source, files));
    expect(faults.map((fault) => `${fault.place}: ${fault.message}`).join('\n')).toMatch(message);
  });

  test('titles are null without metadata', async () => {
    const dataset = await importFrom(source, [fileOf('Office.csv', office)]);
    expect(dataset.domains[0]?.titles).toBeNull();
  });

  test('domains are read in the order asked for', async () => {
    const files = [fileOf('A.csv', office), fileOf('B.csv', office), fileOf('C.csv', 'broken')];
    const dataset = await importFrom({ ...source, domains: ['B', 'A'] }, files);
    expect(dataset.domains.map(({ domain }) => domain)).toEqual(['B', 'A']);
  });
});

describe('bad input', () => {
  test('every bad row is named; nothing is imported', async () => {
    const error = await faultOf(
      importFrom(source, [
        fileOf(
          'Office.csv',
          `${header}u1,A,,NaN\n,A,,1500000000000\nu1,,,1500000000000\nu1,A,,1500000000\n` +
            'u1,A,,1e999\nu1,A,,-5\nu1,A,,\nu1,A,,4200000000000\nu1,A\nu1,A,,1500000000000\n',
        ),
      ]),
    );
    expect(error.code).toBe('data-invalid');
    expect(error.faults.map(({ place, message }) => `${place} ${message}`)).toEqual([
      'Office.csv:2 timestamp "NaN" is not a number of milliseconds',
      'Office.csv:3 no user',
      'Office.csv:4 no item',
      'Office.csv:5 timestamp "1500000000" is not between 1990 and 2100: is it in seconds?',
      'Office.csv:6 timestamp "1e999" is not between 1990 and 2100',
      'Office.csv:7 timestamp "-5" is not between 1990 and 2100',
      'Office.csv:8 no timestamp',
      'Office.csv:9 timestamp "4200000000000" is not between 1990 and 2100',
      'Office.csv:10 2 fields where the header has 4',
    ]);
    expect(error.message).toContain('9 of 10 rows (90.00 %)');
  });

  test('maxBadRows leaves that many out and says so', async () => {
    const files = [fileOf('Office.csv', `${office}u9,A,,NaN\nu9,A,,x\n`)];
    const error = await faultOf(importFrom({ ...source, maxBadRows: 1 }, files));
    expect(error.details['faultCount']).toBe(2);
    const dataset = await importFrom({ ...source, maxBadRows: 2 }, files);
    expect(dataset.domains[0]?.users).toHaveLength(4);
    expect(dataset.notes.join('\n')).toContain('2 of 7 rows (28.57 %) left out');
    expect(dataset.notes.join('\n')).toContain('Office.csv:8: timestamp "x"');
  });

  test('missing columns, files and interactions', async () => {
    const columns = await faultOf(
      importFrom(source, [fileOf('Office.csv', 'user,parent_asin,timestamp\n')]),
    );
    expect(columns.message).toContain('Columns found: "user", "parent_asin", "timestamp"');
    const missing = await faultOf(
      importFrom({ ...source, domains: ['Office', 'Toys'] }, [fileOf('Office.csv', office)]),
    );
    expect(missing).toMatchObject({
      code: 'data-missing',
      faults: [{ place: 'Toys.csv or Toys.jsonl' }],
    });
    expect(missing.hint).toContain('Office.csv');
    expect((await faultOf(importFrom(source, []))).code).toBe('data-missing');
    const empty = await faultOf(importFrom(source, [fileOf('Office.csv', header)]));
    expect(empty.message).toBe('No interactions for "Office".');
    expect((await faultOf(importFrom(source, [fileOf('Office.csv', '')]))).message).toBe(
      'Office.csv is empty.',
    );
  });

  test('broken metadata name their line', async () => {
    const error = await faultOf(
      importFrom(source, [
        fileOf('Office.csv', office),
        fileOf('meta_Office.jsonl', `${meta}[]\n{"parent_asin":"A","title":7}\n{\n`),
      ]),
    );
    expect(error.faults.map(({ place }) => place)).toEqual([
      'meta_Office.jsonl:4',
      'meta_Office.jsonl:5',
      'meta_Office.jsonl:6',
    ]);
  });
});

const real = realFolder('amazon-2018-two-domains');
test.skipIf(!real.present)(
  'the real two domains (../shared/data)',
  { timeout: 60_000 },
  async () => {
    const dataset = await importFrom(
      { ...source, domains: ['Office_Products', 'Industrial_and_Scientific'] },
      real.files(),
    );
    const counts = dataset.domains.map(({ domain, userIds, itemIds, users, titles }) => [
      domain,
      userIds.length,
      itemIds.length,
      users.length,
      titles?.filter((title) => title === '').length,
    ]);
    // Users, items and interactions as the README of the data set states them.
    expect(counts).toEqual([
      ['Office_Products', 3231, 3317, 22447, 0],
      ['Industrial_and_Scientific', 3285, 3541, 22743, 0],
    ]);
    for (const { timesMs, users } of dataset.domains) {
      const unsorted = [...timesMs.keys()].filter((row) => {
        const step = (timesMs[row] ?? 0) - (timesMs[row - 1] ?? 0);
        return row > 0 && (step < 0 || (step === 0 && (users[row] ?? 0) < (users[row - 1] ?? 0)));
      });
      expect(unsorted).toEqual([]);
    }
  },
);

describe('reviews as they are downloaded', () => {
  const reviews = `{"rating":5.0,"title":"Five Stars","text":"Good &amp; cheap","images":[],"asin":"A1","parent_asin":"A","user_id":"u2","timestamp":1588687728923,"helpful_vote":0,"verified_purchase":true}
{"rating":1.0,"title":"no","text":"","asin":"B","parent_asin":"B","user_id":"u1","timestamp":1400000000000}
`;

  test('are read by parent_asin; titles are those of the items, not of the reviews', async () => {
    const { domains, notes } = await importFrom(source, [
      fileOf('All_Beauty.jsonl.gz', gzipSync(reviews)),
      fileOf('meta_All_Beauty.jsonl', '{"parent_asin":"A","title":"Soap &amp; water"}\n'),
    ]);
    expect(domains[0]?.domain).toBe('All_Beauty');
    expect(rowsOf(domains[0])).toEqual(['u1 B 1400000000000', 'u2 A 1588687728923']);
    expect(domains[0]?.titles).toEqual(['Soap & water', '']);
    expect(notes).toContain('All_Beauty.jsonl.gz: 2 reviews.');
  });

  test('give way to the ratings of the same domain, which is said', async () => {
    const { domains, notes } = await importFrom(source, [
      fileOf('Office.csv', office),
      fileOf('Office.jsonl', reviews),
    ]);
    expect(domains.map(({ users }) => users.length)).toEqual([4]);
    expect(notes).toContain('1 files were not read: Office.jsonl (JSON, one object a line).');
  });

  test('with damaged lines are refused line by line', async () => {
    const bad = `${reviews}{"user_id":null,"parent_asin":"A","timestamp":1588687728923}
{"user_id":"u","parent_asin":"A","timestamp":1588687728}
{"user_id":12345678901234567890,"parent_asin":"A","timestamp":1588687728923}
`;
    const { faults } = await faultOf(importFrom(source, [fileOf('X.jsonl', bad)]));
    expect(faults.map(({ place, message }) => `${place} ${message}`)).toEqual([
      'X.jsonl:3 no user',
      'X.jsonl:4 timestamp "1588687728" is not between 1990 and 2100: is it in seconds?',
      'X.jsonl:5 no user',
    ]);
  });

  test('of 2014 and 2018 are named', async () => {
    const old = '{"reviewerID":"u","asin":"A","unixReviewTime":1400000000}\n';
    const error = await faultOf(importFrom(source, [fileOf('X.jsonl', old)]));
    expect(error.message).toContain('Amazon reviews of 2014 or 2018');
    const packed = await faultOf(importFrom(source, [fileOf('reviews_Books_5.json.gz', old)]));
    expect(packed.faults.at(-1)).toMatchObject({
      place: 'reviews_Books_5.json.gz',
      message: expect.stringContaining('of the Amazon reviews of 2014 or 2018') as unknown,
    });
  });
});

test('published splits of one domain are one log, not three domains', async () => {
  const [head = '', ...rows] = office.trim().split('\n');
  const split = (from: number, to: number) =>
    [`${head},history`, ...rows.slice(from, to).map((row) => `${row},X Y`)].join('\n');
  const { domains, notes } = await importFrom(source, [
    fileOf('Office.test.csv.gz', gzipSync(split(3, 5))),
    fileOf('Office.train.csv.gz', gzipSync(split(0, 2))),
    fileOf('Office.valid.csv.gz', gzipSync(split(2, 3))),
  ]);
  const whole = await importFrom(source, [fileOf('Office.csv', office)]);
  expect(domains.map(({ domain }) => domain)).toEqual(['Office']);
  expect(rowsOf(domains[0])).toEqual(rowsOf(whole.domains[0]));
  expect(notes).toContain('Office: its 3 splits are one log; stages are cut by date.');
});
