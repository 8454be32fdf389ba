import { expect, test } from 'vitest';
import { ImportSession } from '../../../src/rec/importers/import-session.ts';
import { readMindImpressions } from '../../../src/rec/importers/mind-impressions.ts';
import type { MindImpression } from '../../../src/rec/importers/mind-impressions.ts';
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
