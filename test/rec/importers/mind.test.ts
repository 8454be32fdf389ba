import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { ImportSession } from '../../../src/rec/importers/import-session.ts';
import { readMindImpressions } from '../../../src/rec/importers/mind-impressions.ts';
import type { MindImpression } from '../../../src/rec/importers/mind-impressions.ts';
import { fileSourceSchema } from '../../../src/rec/importers/source.ts';
import { faultOf, fileOf, importFrom, realFolder, rowsOf } from './support.ts';

const news = `N1\tsports\tx\t"It's over:" they say\ta\tu\t[]\t[]
N2\tnews\tx\tSecond\ta\tu\t[]\t[]
`;
const behaviors = `1\tU1\t11/9/2019 12:05:06 AM\tN1 N7\tN2-1 N1-0 N1-1
2\tU2\t11/10/2019 12:00:00 PM\t\tN9-1 N2-0
`;
const source = { importer: 'mind' };
const files = [fileOf('news.tsv', news), fileOf('behaviors.tsv', behaviors)];

test('clicks become interactions; categories are domains; unknown articles are counted', async () => {
  const dataset = await importFrom(source, files);
  const midnight = String(Date.UTC(2019, 10, 9, 0, 5, 6));
  expect(dataset.domains.map(({ domain }) => domain)).toEqual(['news', 'sports']);
  expect(rowsOf(dataset.domains[0])).toEqual([`U1 N2 ${midnight}`]);
  expect(dataset.domains[1]?.titles).toEqual(['"It\'s over:" they say']);
  expect(dataset.notes.join('\n')).toContain('1 of 3 clicks are on articles of unknown category');
  expect(dataset.notes.join('\n')).toContain('1 of 2 history entries have no row');
});

test('chosen categories; the unknown one only by name', async () => {
  const dataset = await importFrom({ ...source, categories: ['unknown'] }, files);
  expect(rowsOf(dataset.domains[0])).toEqual([`U2 N9 ${String(Date.UTC(2019, 10, 10, 12))}`]);
});

test('impressions keep history, candidates and what was not clicked', async () => {
  const impressions: MindImpression[] = [];
  const session = new ImportSession(0);
  await readMindImpressions(
    fileOf('behaviors.tsv', behaviors),
    session,
    () => undefined,
    (impression) => impressions.push(impression),
  );
  expect(impressions[0]).toEqual({
    id: '1',
    user: 'U1',
    timeMs: Date.UTC(2019, 10, 9, 0, 5, 6),
    history: ['N1', 'N7'],
    candidates: ['N2', 'N1', 'N1'],
    clicked: [true, false, true],
  });
  expect(impressions[1]?.history).toEqual([]);
});

test('bad lines are named', async () => {
  const bad = `${behaviors}3\tU1\t2019-11-09\t\tN1-1\n4\tU1\t11/9/2019 1:00:00 AM\t\tN1-2\n5\tU1\n6\tU1\t13/40/2019 1:00:00 AM\t\tN1-1\n`;
  const error = await faultOf(
    importFrom(source, [...files.slice(0, 1), fileOf('behaviors.tsv', bad)]),
  );
  expect(error.faults.map(({ place }) => place)).toEqual([
    'behaviors.tsv:3',
    'behaviors.tsv:4',
    'behaviors.tsv:5',
    'behaviors.tsv:6',
  ]);
});

test('side features; articles without a row have none', async () => {
  const dataset = await importFrom({ ...source, categories: ['news', 'unknown'] }, files);
  expect(dataset.domains.map(({ features }) => features)).toEqual([
    { category: ['news'], subcategory: ['x'] },
    { category: [''], subcategory: [''] },
  ]);
});

describe('impressions: true', () => {
  // The second list is the older one; U3 clicks nothing, N3 is in no list.
  const more = `1\tU1\t11/9/2019 12:05:06 AM\tN1 N7\tN2-1 N1-0 N1-1
2\tU3\t11/8/2019 12:00:00 PM\tN8\tN2-0 N9-0
3\tU2\t11/10/2019 12:00:00 PM\t\tN9-1 N2-0
`;
  const articles = `${news}N3\tnews\ty\tThird\ta\tu\t[]\t[]\n`;
  const site = { ...source, impressions: true };
  const siteFiles = [fileOf('news.tsv', articles), fileOf('behaviors.tsv', more)];

  test('the whole site is one domain with its lists, sorted by time', async () => {
    const { domains, notes } = await importFrom(site, siteFiles);
    const [log] = domains;
    const minute = Date.UTC(2019, 10, 9, 0, 5, 6);
    const [before, after] = [Date.UTC(2019, 10, 8, 12), Date.UTC(2019, 10, 10, 12)];
    expect(domains.map(({ domain }) => domain)).toEqual(['News']);
    expect(log?.itemIds).toEqual(['N1', 'N2', 'N3', 'N7', 'N8', 'N9']);
    expect(log?.userIds).toEqual(['U1', 'U2', 'U3']);
    expect(rowsOf(log)).toEqual([
      `U1 N2 ${String(minute)}`,
      `U1 N1 ${String(minute)}`,
      `U2 N9 ${String(after)}`,
    ]);
    expect(log?.features).toEqual({
      category: ['sports', 'news', 'news', '', '', ''],
      subcategory: ['x', 'x', 'y', '', '', ''],
    });
    expect(log?.impressions).toEqual({
      users: Uint32Array.of(2, 0, 1),
      timesMs: Float64Array.of(before, minute, after),
      candidateStarts: Uint32Array.of(0, 2, 5, 7),
      candidates: Uint32Array.of(1, 5, 1, 0, 0, 5, 1),
      clicked: Uint8Array.of(0, 0, 1, 0, 1, 1, 0),
      historyStarts: Uint32Array.of(0, 1, 3, 3),
      history: Uint32Array.of(4, 0, 3),
    });
    expect(notes.join('\n')).toContain('2 of 7 candidates have no row in news.tsv');
    expect(notes.join('\n')).toContain('2 of 3 history entries have no row in news.tsv');
    expect(structuredClone(domains)).toEqual(domains);
  });

  test('a label that is neither 0 nor 1 is a fault of its line', async () => {
    const bad = `${more}4\tU1\t11/9/2019 1:00:00 AM\tN1\tN1-2\n`;
    const error = await faultOf(
      importFrom(site, [...siteFiles.slice(0, 1), fileOf('behaviors.tsv', bad)]),
    );
    expect(error.faults).toEqual([
      { place: 'behaviors.tsv:4', message: 'candidate "N1-2" ends neither in -0 nor -1' },
    ]);
  });

  test('categories beside it are a fault', () => {
    const parsed = v.safeParse(fileSourceSchema, { ...site, categories: ['news'] });
    expect(parsed.issues?.map((issue) => v.getDotPath(issue))).toEqual(['categories']);
    expect(v.is(fileSourceSchema, { ...source, impressions: false, categories: ['news'] })).toBe(
      true,
    );
  });
});

const real = realFolder('mind-sample');
test.skipIf(!real.present)(
  'the real MIND sample (../shared/data)',
  { timeout: 60_000 },
  async () => {
    const dataset = await importFrom(source, real.files());
    expect(dataset.notes).toContain('news.tsv: 2000 articles.');
    expect(dataset.notes).toContain('behaviors.tsv: 5000 impressions.');
    // Counted by an independent program over the candidates that end in -1.
    expect(dataset.notes.join('\n')).toContain('7367 of 7542 clicks are on articles of unknown');
  },
);

test.skipIf(!real.present)(
  'the impressions of the real MIND sample (../shared/data)',
  { timeout: 60_000 },
  async () => {
    const { domains, notes } = await importFrom({ ...source, impressions: true }, real.files());
    const [log] = domains;
    // Counted by awk over behaviors.tsv and news.tsv.
    expect(log?.impressions?.users).toHaveLength(5000);
    expect(log?.impressions?.candidates).toHaveLength(189359);
    expect(log?.impressions?.history).toHaveLength(159802);
    expect(log?.impressions?.clicked.reduce((sum, label) => sum + label, 0)).toBe(7542);
    expect(log?.itemIds).toHaveLength(23754);
    expect(log?.userIds).toHaveLength(4637);
    expect(notes.join('\n')).toContain('184049 of 189359 candidates have no row in news.tsv');
    expect(notes.join('\n')).toContain('153641 of 159802 history entries have no row in news.tsv');
    expect(log?.features?.['category']?.filter((value) => value !== '')).toHaveLength(2000);
  },
);

test('the test split, which has no labels, is named; no row is proposed to be left out', async () => {
  const unlabelled = behaviors.replaceAll(/-[01](?=[ \n])/g, '');
  const error = await faultOf(
    importFrom({ ...source, maxBadRows: 5 }, [
      fileOf('news.tsv', news),
      fileOf('MINDlarge_test/behaviors.tsv', unlabelled),
    ]),
  );
  expect(error.message).toBe(
    'MINDlarge_test/behaviors.tsv is the test split of MIND: none of its 2 impressions says what was clicked.',
  );
  expect(error.hint).not.toContain('maxBadRows');
  const half = behaviors.replace(/-[01](?=[ \n]).*/, '');
  const some = await faultOf(
    importFrom(source, [...files.slice(0, 1), fileOf('behaviors.tsv', half)]),
  );
  expect(some.faults.map(({ place }) => place)).toEqual(['behaviors.tsv:1']);
});
