import { describe, expect, test } from 'vitest';
import * as v from 'valibot';
import { fileSourceSchema } from '../../../src/rec/importers/source.ts';
import { faultOf, fileOf, importFrom, rowsOf } from './support.ts';

const columns = { user: 'uid', item: 'iid', time: 'when' };
const table =
  'uid,iid,when\nu,a,2024-01-02\nu,b,2024-01-01T12:00:00\nv,a,2024-01-01 12:00:00+02:00\n';
const iso = { importer: 'csv', columns, timeUnit: 'iso' };

test('each file is a domain; ISO times without a zone are UTC', async () => {
  const dataset = await importFrom(iso, [
    fileOf('b.tsv', table.replaceAll(',', '\t')),
    fileOf('a.csv', table),
    fileOf('README.txt', 'not data'),
  ]);
  expect(dataset.domains.map(({ domain }) => domain)).toEqual(['a', 'b']);
  for (const log of dataset.domains) {
    expect(rowsOf(log)).toEqual([
      `v a ${String(Date.UTC(2024, 0, 1, 10))}`,
      `u b ${String(Date.UTC(2024, 0, 1, 12))}`,
      `u a ${String(Date.UTC(2024, 0, 2))}`,
    ]);
    expect(log.titles).toBeNull();
  }
  expect(dataset.notes.join('\n')).toContain('b.tsv: 3 rows, tab-separated');
});

test('named files become named domains, with titles', async () => {
  const dataset = await importFrom(
    {
      importer: 'csv',
      columns: { user: 'u:token', item: 'i:token', time: 't:float', title: 'name' },
      timeUnit: 's',
      files: [{ domain: 'Books', file: 'x.inter' }],
    },
    [fileOf('x.inter', 'u:token\ti:token\tt:float\tname\n1\t2\t1e9\t\n1\t2\t1000000001.5\tTwo\n')],
  );
  expect(rowsOf(dataset.domains[0])).toEqual(['1 2 1000000000000', '1 2 1000000001500']);
  expect(dataset.domains[0]).toMatchObject({ domain: 'Books', titles: ['Two'] });
});

describe('a domain column', () => {
  const source = { ...iso, columns: { ...columns, domain: 'shop', title: 'name' } };
  const rows =
    'name;uid;iid;when;shop\nA;u;a;2024-01-02;z\nB;u;a;2024-01-03;y\nC;u;a;2024-01-03;x\n';

  test('splits one file; all values, sorted, by default', async () => {
    const dataset = await importFrom(source, [fileOf('log.csv', rows)]);
    expect(dataset.domains.map(({ domain, titles }) => [domain, titles?.[0]])).toEqual([
      ['x', 'C'],
      ['y', 'B'],
      ['z', 'A'],
    ]);
  });

  test('or the chosen ones in their order, counting the others', async () => {
    const dataset = await importFrom({ ...source, domains: ['z', 'x'] }, [fileOf('log.csv', rows)]);
    expect(dataset.domains.map(({ domain }) => domain)).toEqual(['z', 'x']);
    expect(dataset.notes.join('\n')).toContain('1 rows of other domains');
    const error = await faultOf(
      importFrom({ ...source, domains: ['z', 'none'] }, [fileOf('log.csv', rows)]),
    );
    expect(error.faults).toEqual([{ place: 'domain "none"', message: 'no interactions' }]);
  });
});

test('a category column is the side feature category, whatever the order of the columns', async () => {
  const rows =
    'kind,name,uid,iid,when,shop\n,A,u,a,2024-01-02,z\nlamp,B,u,a,2024-01-03,z\n,C,u,c,2024-01-04,z\n';
  const all = { ...iso, columns: { ...columns, category: 'kind', domain: 'shop', title: 'name' } };
  const [log] = (await importFrom(all, [fileOf('log.csv', rows)])).domains;
  expect(log?.domain).toBe('z');
  expect(log?.titles).toEqual(['A', 'C']);
  expect(log?.features).toEqual({ category: ['lamp', ''] });
  const alone = { ...iso, columns: { ...columns, category: 'kind' } };
  const [other] = (await importFrom(alone, [fileOf('log.csv', rows)])).domains;
  expect(other).toMatchObject({
    domain: 'log',
    titles: null,
    features: { category: ['lamp', ''] },
  });
  const [none] = (await importFrom(iso, [fileOf('log.csv', rows)])).domains;
  expect(none).not.toHaveProperty('features');
});

test.each(['2024-13-01', 'yesterday', '2024-01-01T25:00:00', '1700000000', '0001-01-01'])(
  'the time %s is a fault',
  async (time) => {
    const error = await faultOf(importFrom(iso, [fileOf('a.csv', `uid,iid,when\nu,a,${time}\n`)]));
    expect(error.faults[0]?.place).toBe('a.csv:2');
  },
);

test('a missing file and no table at all', async () => {
  const named = { ...iso, files: [{ domain: 'd', file: 'gone.csv' }] };
  expect((await faultOf(importFrom(named, [fileOf('a.csv', table)]))).code).toBe('data-missing');
  expect((await faultOf(importFrom(iso, [fileOf('a.txt', table)]))).code).toBe('data-missing');
});

test('the schema refuses contradictions and unknown keys with their place', () => {
  const placesOf = (value: unknown) => {
    const parsed = v.safeParse(fileSourceSchema, value);
    return parsed.issues?.map((issue) => v.getDotPath(issue));
  };
  expect(placesOf({ ...iso, files: [{ domain: 'd', file: 'a' }] })).toBeUndefined();
  expect(placesOf({ ...iso, domains: ['d'] })).toEqual(['domains']);
  const both = {
    ...iso,
    columns: { ...columns, domain: 'd' },
    files: [{ domain: 'd', file: 'a' }],
  };
  expect(placesOf(both)).toEqual(['files']);
  expect(placesOf({ ...iso, colour: 1 })).toEqual(['colour']);
  expect(placesOf({ ...iso, timeUnit: 'minutes' })).toEqual(['timeUnit']);
  expect(placesOf({ importer: 'xml' })).toEqual(['importer']);
});

describe('quotation marks', () => {
  const titled = { ...iso, columns: { ...columns, title: 'name' }, timeUnit: 's' };
  const rows = [
    'uid\tname\tiid\twhen',
    'u\t"Open\ta\t1700000001',
    'u\tPlain\tb\t1700000002',
    'u\tTV 55"\tc\t1700000003',
    'u\tLast\td\t1700000004',
  ].join('\n');

  test('are characters in tab-separated files: no row vanishes', async () => {
    const { domains, notes } = await importFrom(titled, [fileOf('a.tsv', rows)]);
    expect(domains[0]?.titles).toEqual(['"Open', 'Plain', 'TV 55"', 'Last']);
    expect(notes).toContain('a.tsv: 4 rows, tab-separated, unquoted.');
  });

  test('that join rows are never proposed away, whatever maxBadRows is', async () => {
    const comma = rows.replaceAll('\t', ',');
    for (const maxBadRows of [0, 1, 10]) {
      const error = await faultOf(importFrom({ ...titled, maxBadRows }, [fileOf('a.csv', comma)]));
      expect(error.message).toContain('3 of 4 rows');
      expect(error.faults).toEqual([
        { place: 'a.csv:2', message: 'a quotation mark joins rows (lines 2–4)' },
      ]);
      expect(error.hint).toContain('quoting: none');
      expect(error.hint).not.toMatch(/set maxBadRows/);
    }
    const none = await importFrom({ ...titled, quoting: 'none' }, [fileOf('a.csv', comma)]);
    expect(none.domains[0]?.titles).toEqual(['"Open', 'Plain', 'TV 55"', 'Last']);
  });

  test('around a text of several lines are counted', async () => {
    const text = 'uid,name,iid,when\nu,"two\nlines",a,1700000001\nu,"x, y",b,1700000002\n';
    const { domains, notes } = await importFrom(titled, [fileOf('a.csv', text)]);
    expect(domains[0]?.titles).toEqual(['two lines', 'x, y']);
    expect(notes).toContain('a.csv: 1 quoted fields span 2 lines, the first from line 2 on.');
  });

  test('in a tab-separated file are taken as CSV does when asked', async () => {
    const text = 'uid\tname\tiid\twhen\nu\t"say ""hi"""\ta\t1700000001\n';
    const kept = await importFrom(titled, [fileOf('a.tsv', text)]);
    expect(kept.domains[0]?.titles).toEqual(['"say ""hi"""']);
    expect(kept.notes.join('\n')).toContain('a.tsv: 1 fields stand in quotation marks');
    const asked = await importFrom({ ...titled, quoting: 'double' }, [fileOf('a.tsv', text)]);
    expect(asked.domains[0]?.titles).toEqual(['say "hi"']);
  });
});

describe('a folder with other tables', () => {
  const items = fileOf('items.csv', 'iid,name\na,A\n');

  test('is read; the others are named with what they lack', async () => {
    const { domains, notes } = await importFrom(iso, [items, fileOf('log.csv', table)]);
    expect(domains.map(({ domain }) => domain)).toEqual(['log']);
    expect(notes).toContain('1 files were not read: items.csv (no column "uid", "when").');
  });

  test('of no log is refused with the columns found', async () => {
    const error = await faultOf(importFrom(iso, [items]));
    expect(error.message).toContain('Columns found: "iid", "name"');
  });

  test('is refused where the document names a table that is no log', async () => {
    const named = { ...iso, files: [{ domain: 'd', file: 'items.csv' }] };
    const error = await faultOf(importFrom(named, [items, fileOf('log.csv', table)]));
    expect(error.faults[0]).toEqual({ place: 'items.csv:1', message: 'no column "uid"' });
  });

  test('is refused where a log lacks a text that is asked for', async () => {
    const titled = { ...iso, columns: { ...columns, title: 'name' } };
    const error = await faultOf(importFrom(titled, [items, fileOf('log.csv', table)]));
    expect(error.faults).toEqual([{ place: 'log.csv:1', message: 'no column "name"' }]);
  });
});
