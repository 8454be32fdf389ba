import { describe, expect, test } from 'vitest';
import { faultOf, fileOf, importFrom, rowsOf } from './support.ts';

const source = {
  importer: 'csv',
  columns: { user: 'u', item: 'i', time: 't', title: 'name', category: 'kind' },
  timeUnit: 's',
};

/** A table of rows "user item time name kind", separated by tabs. */
function table(rows: readonly string[]): string {
  return ['u i t name kind', ...rows].map((row) => row.replaceAll(' ', '\t')).join('\n');
}

const importRows = (rows: readonly string[], more: object = {}) =>
  importFrom({ ...source, ...more }, [fileOf('log.tsv', table(rows))]);

describe('ids', () => {
  test('in scientific notation are kept, with a counted warning', async () => {
    const rows = Array.from(
      { length: 40 },
      (_, row) => `5,58E+12 a${String(row)} 17000000${String(10 + row)} A k`,
    );
    const { domains, notes } = await importRows([...rows, '12E5 b 1700000000 B k']);
    expect(domains[0]?.userIds).toEqual(['12E5', '5,58E+12']);
    expect(notes.filter((note) => note.startsWith('Warning'))).toEqual([
      'Warning: 40 rows have user ids in scientific notation ("5,58E+12" on 40). ' +
        'A spreadsheet has rounded these numbers, so different users may have become one: export the column as text.',
    ]);
  });

  test('of many values are counted, not repeated', async () => {
    const rows = Array.from({ length: 9 }, (_, row) => `u 1.${String(row)}e+10 1700000000 A k`);
    const warnings = (await importRows(rows)).notes.filter((note) => note.startsWith('Warning'));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(
      '9 rows have item ids in scientific notation ("1.0e+10" on 1, "1.1e+10" on 1, "1.2e+10" on 1, …)',
    );
  });

  test('stay text: 00012 is not 12', async () => {
    const { domains, notes } = await importRows([
      '00012 007 1700000000 A k',
      '12 7 1700000001 B k',
    ]);
    expect(rowsOf(domains[0])).toEqual(['00012 007 1700000000000', '12 7 1700000001000']);
    expect(notes.join('\n')).not.toContain('Warning');
  });

  test('with decimals, and long ones that end in zeros, get a warning', async () => {
    const decimal = await importRows(['12.0 a 1700000000 A k', '13.0 a 1700000001 A k']);
    expect(decimal.notes.join('\n')).toContain('2 rows have user ids that end in ".0"');
    const long = (tail: string) =>
      importRows(
        Array.from(
          { length: 20 },
          (_, row) => `1234567890123${String(10 + row)}${tail} a 1700000000 A k`,
        ),
      );
    expect((await long('000')).notes.join('\n')).toContain('20 of 20 rows with long user ids');
    expect((await long('417')).notes.join('\n')).not.toContain('Warning');
  });

  test.each(['nan', 'NaN', 'null', 'NULL', 'None', 'none', 'NA', 'N/A', '<NA>', '\\N', '#REF!'])(
    '%s is a missing value, not one giant user',
    async (word) => {
      const rows = [`u a 1700000000 A k`, `${word} a 1700000001 A k`, `u ${word} 1700000002 A k`];
      const { faults, hint } = await faultOf(importRows(rows));
      expect(faults).toEqual([
        { place: 'log.tsv:3', message: `no user: "${word}" stands for a missing value` },
        { place: 'log.tsv:4', message: `no item: "${word}" stands for a missing value` },
      ]);
      expect(hint).toContain('set maxBadRows to 2');
      const { domains } = await importRows(rows, { maxBadRows: 2 });
      expect(rowsOf(domains[0])).toEqual(['u a 1700000000000']);
    },
  );

  test('of several lines are none', async () => {
    const text = 'u,i,t,name,kind\n"x\ny",a,1700000000,A,k\n';
    const { faults } = await faultOf(importFrom(source, [fileOf('log.csv', text)]));
    expect(faults).toEqual([{ place: 'log.csv:2', message: 'user id of several lines' }]);
  });
});

test('a domain may be called NA', async () => {
  const more = { columns: { ...source.columns, domain: 'kind' } };
  expect((await importRows(['u a 1700000000 A NA'], more)).domains[0]?.domain).toBe('NA');
  expect((await faultOf(importRows(['u a 1700000000 A nan'], more))).faults).toHaveLength(1);
});

test('dates that do not exist are refused with their line', async () => {
  const rows = ['u a 2023-02-28 A k', 'u b 2023-02-30 A k', 'u c 2023-04-31T10:00:00 A k'];
  const { faults } = await faultOf(importRows(rows, { timeUnit: 'iso' }));
  expect(faults.map(({ place }) => place)).toEqual(['log.tsv:3', 'log.tsv:4']);
});

test('times in scientific notation are counted', async () => {
  const { notes } = await importRows(['u a 1.7E+9 A k', 'u b 1.700000001E+9 A k']);
  expect(notes.join('\n')).toContain('1 rows have a time in scientific notation');
});

test('titles and categories: HTML is decoded once, words for nothing are none; both are counted', async () => {
  const { domains, notes } = await importRows([
    'u a 1700000000 nan nan',
    'u a 1700000001 R&amp;D Toys&amp;Games',
    'u b 1700000002 AT&T Toys&Games',
    'u c 1700000003 Don&#39;t NULL',
  ]);
  expect(domains[0]?.titles).toEqual(['R&D', 'AT&T', "Don't"]);
  expect(domains[0]?.features).toEqual({ category: ['Toys&Games', 'Toys&Games', ''] });
  expect(notes).toContain(
    'log: HTML entities or tags in 2 titles became plain text ("R&amp;D" is "R&D").',
  );
  expect(notes).toContain(
    'log: HTML entities or tags in 1 categories became plain text ("Toys&amp;Games" is "Toys&Games").',
  );
  expect(notes.join('\n')).toContain('3 titles or categories are a word for a missing value');
});

test('a user with a large part of the rows is pointed out, a busy one is not', async () => {
  const rows = (nobody: number) =>
    Array.from(
      { length: 600 },
      (_, row) =>
        `${row < nobody ? 'anonymous' : `u${String(row % 50)}`} i${String(row)} 1700000000 A k`,
    );
  const { notes } = await importRows(rows(150));
  expect(notes).toContain(
    'Warning: log: 150 interactions (25 %) are of one user, "anonymous". Is that a person?',
  );
  expect((await importRows(rows(60))).notes.join('\n')).not.toContain('Warning');
});
