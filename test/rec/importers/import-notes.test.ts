import { expect, test } from 'vitest';
import { fileOf, importFrom } from './support.ts';

const source = {
  importer: 'csv',
  columns: { user: 'u', item: 'i', time: 't' },
  timeUnit: 's',
  maxBadRows: 100,
};

test('notes of an import stay few: 30 domains, 60 bad rows and 40 other files are counted', async () => {
  const rows = 'u,i,t\nx,a,1700000000\n,a,1700000000\nx,,1700000000\n';
  const { notes } = await importFrom(source, [
    ...Array.from({ length: 30 }, (_, domain) => fileOf(`d${String(100 + domain)}.csv`, rows)),
    ...Array.from({ length: 40 }, (_, other) => fileOf(`p${String(other)}.parquet`, 'PAR1')),
  ]);
  expect(notes.length).toBeLessThanOrEqual(20);
  expect(notes).toContain('d100.csv: 3 rows, comma-separated, quoted.');
  expect(notes).toContain('… and 25 more files.');
  expect(notes).toContain('60 of 90 rows (66.67 %) left out, as maxBadRows allows.');
  expect(notes).toContain('d100.csv:3: no user');
  expect(notes).toContain('… and 55 more rows.');
  expect(notes.find((note) => note.startsWith('40 files were not read'))).toMatch(
    /^40 files were not read: p0.parquet \(an Apache Parquet table\), .*, … \(40 in all\)\.$/,
  );
  expect(notes.at(-1)).toBe('… and 25 more domains.');
});
