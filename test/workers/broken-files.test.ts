import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/core/errors.ts';
import { refuseBrokenTables } from '../../workers/headless/broken-files.ts';

const columns = { user: 'u', item: 'i', time: 't' };
const csv = { importer: 'csv', columns, timeUnit: 's', maxBadRows: 0 };
const table = { place: 'b.csv.gz', message: 'is a link to nothing' };
const text = { place: 'README', message: 'is a link to nothing' };

function refusal(source: object, broken: readonly { place: string; message: string }[]) {
  try {
    refuseBrokenTables(JSON.stringify(source), broken);
  } catch (error) {
    if (error instanceof AppError) return { code: error.code, faults: error.faults };
    throw error;
  }
  return null;
}

describe('a table that cannot be read', () => {
  it('is refused where every table of the folder is read', () => {
    expect(refusal(csv, [text, table])).toEqual({ code: 'data-missing', faults: [table] });
  });

  it('is left to importers that ask for their files by name', () => {
    expect(refusal({ ...csv, files: [{ domain: 'A', file: 'a.csv' }] }, [table])).toBeNull();
    expect(refusal({ importer: 'mind', maxBadRows: 0 }, [table])).toBeNull();
    expect(refusal({ importer: 'movielens', maxBadRows: 0 }, [table])).toBeNull();
  });

  it('is another matter than a file that is no table', () => {
    expect(refusal(csv, [text])).toBeNull();
  });
});
