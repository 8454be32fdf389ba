import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/core/errors.ts';
import { MAX_RECORD_CHARS, readCsv } from '../../src/io/csv.ts';
import type { CsvFormat } from '../../src/io/csv.ts';
import { readTable } from '../../src/io/csv-table.ts';
import { writeCsv } from '../../src/io/csv-write.ts';
import { FaultList, LISTED_FAULTS } from '../../src/io/fault-list.ts';

const comma: CsvFormat = { delimiter: ',', quoted: true };

async function* pieces(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size)
    yield await Promise.resolve(text.slice(at, at + size));
}

async function rowsOf(text: string, size = 1000, format: CsvFormat = comma) {
  const rows: (readonly [readonly string[], number])[] = [];
  const faults: (readonly [string, number])[] = [];
  const { delimiter } = await readCsv(pieces(text, size), 'x.csv', format, {
    onRow: (fields, line) => rows.push([fields, line]),
    onFault: (message, line) => faults.push([message, line]),
  });
  return { rows, faults, delimiter };
}

describe('readCsv', () => {
  const text = 'a,b\n"x, y","say ""hi"""\n\n"two\nlines",é\nlast,';
  test.each(Array.from({ length: text.length }, (_, index) => index + 1))(
    'gives the same rows and lines in chunks of %i',
    async (size) => {
      expect(await rowsOf(text, size)).toEqual({
        rows: [
          [['a', 'b'], 1],
          [['x, y', 'say "hi"'], 2],
          [['two\nlines', 'é'], 4],
          [['last', ''], 6],
        ],
        faults: [],
        delimiter: ',',
      });
    },
  );

  test('finds the delimiter in the first line only', async () => {
    const auto: CsvFormat = { delimiter: 'auto', quoted: true };
    expect((await rowsOf('a\tb,c\n1;2\t3\n', 3, auto)).rows[1]?.[0]).toEqual(['1;2', '3']);
    expect((await rowsOf('a;b\n1,5;2\n', 3, auto)).delimiter).toBe(';');
    expect((await rowsOf('a,b;c\n', 3, auto)).delimiter).toBe(',');
    expect((await rowsOf('single', 3, auto)).delimiter).toBe(',');
  });

  test('without quoting a quotation mark is a character', async () => {
    const { rows, faults } = await rowsOf('"It\'s" he said\tb\n"open\tc\n', 4, {
      delimiter: '\t',
      quoted: false,
    });
    expect(faults).toEqual([]);
    expect(rows.map(([fields]) => fields)).toEqual([
      ['"It\'s" he said', 'b'],
      ['"open', 'c'],
    ]);
  });

  test('malformed quotes are faults with their line', async () => {
    expect((await rowsOf('a,b\n1,"open\n2,3\n', 5)).faults.map(([, line]) => line)).toEqual([2]);
    const stray = await rowsOf('a,b\n"x"y,2\n3,4\n', 5);
    expect(stray.faults[0]?.[1]).toBe(2);
  });

  test('an endless line and an endless quote stop at the limit', async () => {
    for (const start of ['', 'a,b\n1,"']) {
      const endless = `${start}${'x\n'.repeat(start === '' ? 0 : 1)}${'y'.repeat(MAX_RECORD_CHARS + 9)}`;
      await expect(rowsOf(endless, 2 ** 20)).rejects.toMatchObject({
        code: 'data-invalid',
        faults: [{ place: start === '' ? 'x.csv:1' : 'x.csv:2' }],
      });
    }
  });
});

describe('readTable', () => {
  async function tableOf(text: string, columns: readonly string[]) {
    const faults = new FaultList();
    const rows: (readonly string[])[] = [];
    const report = await readTable(pieces(text, 7), 'x.csv', comma, columns, faults, (values) => {
      rows.push(values);
    });
    return { rows, faults, report };
  }

  test('picks the wanted columns in their order', async () => {
    const { rows, report } = await tableOf('c, a ,b\n1,2,3\n', ['a', 'c']);
    expect(rows).toEqual([['2', '1']]);
    expect(report.rows).toBe(1);
  });

  test('missing and doubled columns list what was found and what is needed', async () => {
    const failing = tableOf('user,item,item\n1,2,3\n', ['user_id', 'item']);
    await expect(failing).rejects.toMatchObject({
      code: 'data-invalid',
      faults: [
        { place: 'x.csv:1', message: 'no column "user_id"' },
        { place: 'x.csv:1', message: 'two columns named "item"' },
      ],
    });
    await expect(failing).rejects.toThrow(
      'Columns found: "user", "item", "item". Needed: "user_id", "item".',
    );
  });

  test('ragged rows are faults; only the first are listed, all are counted', async () => {
    const { rows, faults, report } = await tableOf(`a,b\n${'1\n'.repeat(50)}1,2\n`, ['a']);
    expect(rows).toEqual([['1']]);
    expect(report.rows).toBe(51);
    expect(faults.total).toBe(50);
    expect(faults.listed).toHaveLength(LISTED_FAULTS);
    expect(faults.listed[0]).toEqual({
      place: 'x.csv:2',
      message: '1 fields where the header has 2',
    });
  });

  test('an empty file is an error', async () => {
    await expect(tableOf('', ['a'])).rejects.toThrow('x.csv is empty');
    await expect(tableOf('\n\n', ['a'])).rejects.toThrow('x.csv is empty');
  });
});

describe('writeCsv', () => {
  test('quotes, guards formulas, keeps numbers, also several in one cell', () => {
    expect(
      writeCsv(
        ['a', 'b'],
        [
          ['x, "y"\nz', -1.5],
          ['=1+1', null],
          ['-3', true],
          ['-0.2 0.2', '-1e-3 +4 5.5'],
          ['-2+3', '-0.2  0.2'],
          ['@x', '+1'],
          ['\tx', 'plain'],
          ['\n=1', ' =1'],
          ['\u00a0 @SUM(1)', ' -1'],
        ],
      ),
    ).toBe(
      [
        ...['a,b', '"x, ""y""\nz",-1.5', `'=1+1,`, '-3,true', '-0.2 0.2,-1e-3 +4 5.5'],
        ...[`'-2+3,'-0.2  0.2`, `'@x,+1`, `'\tx,plain`, `"'\n=1",' =1`],
        ...[`'\u00a0 @SUM(1),' -1`, ''],
      ].join('\r\n'),
    );
  });

  test('what it writes is read back', async () => {
    const rows = [
      ['a "b"', 'c,d'],
      ['line\nbreak', ''],
    ];
    const text = writeCsv(['x', 'y'], rows).replaceAll('\r\n', '\n');
    expect((await rowsOf(text, 3)).rows.map(([fields]) => fields)).toEqual([['x', 'y'], ...rows]);
  });

  test('NaN and ragged rows are refused', () => {
    expect(() => writeCsv(['a'], [[NaN]])).toThrow(AppError);
    expect(() => writeCsv(['a'], [[1, 2]])).toThrow(/2 cells/);
  });
});

describe('quotation marks that join lines', () => {
  async function reportOf(text: string, quoted: CsvFormat['quoted'], size = 7) {
    const faults = new FaultList();
    const rows: (readonly string[])[] = [];
    const format: CsvFormat = { delimiter: 'auto', quoted };
    const columns = ['u', 'title', 't'];
    const report = await readTable(pieces(text, size), 'x', format, columns, faults, (values) => {
      rows.push(values);
    });
    return { titles: rows.map(([, title]) => title), faults, report };
  }
  const head = 'u\ttitle\tt\n';
  const marked = `${head}1\t"Open\t5\n2\tPlain\t6\n3\tTV 55"\t7\n4\tLast\t8\n`;

  test.each([1, 5, 1000])('tabs do not quote unless they say so, in chunks of %i', async (size) => {
    const { titles, faults, report } = await reportOf(marked, 'auto', size);
    expect(titles).toEqual(['"Open', 'Plain', 'TV 55"', 'Last']);
    expect(faults.total).toBe(0);
    expect(report).toMatchObject({ rows: 4, delimiter: '\t', quoted: false, keptQuotes: 0 });
  });

  test('a header in quotation marks says so; marks that are kept are counted', async () => {
    const said = '"u"\t"title"\t"t"\n1\t"say ""hi"""\t5\n2\t"two\nlines"\t6\n';
    const { titles, report } = await reportOf(said, 'auto');
    expect(titles).toEqual(['say "hi"', 'two\nlines']);
    expect(report.spanning).toEqual({ records: 1, lines: 2, firstLine: 3 });
    const kept = await reportOf(`${head}1\t"say ""hi"""\t5\n`, 'auto');
    expect(kept.titles).toEqual(['"say ""hi"""']);
    expect(kept.report.keptQuotes).toBe(1);
    expect((await reportOf(`${head}1\t"say ""hi"""\t5\n`, true)).titles).toEqual(['say "hi"']);
  });

  test('a fault over several lines counts all of them and names them', async () => {
    const { faults, report, titles } = await reportOf('u,title,t\n1,"a\nb",5,6\n2,Last,8\n', true);
    expect(titles).toEqual(['Last']);
    expect(report.rows).toBe(3);
    expect(faults).toMatchObject({ total: 2, spanningLines: 2 });
    expect(faults.listed).toEqual([
      { place: 'x:2', message: '4 fields where the header has 3 (lines 2–3)' },
    ]);
    const open = await reportOf('u,title,t\n1,"a,5\n2,b,6\n3,c,7\n', 'auto');
    expect(open.faults).toMatchObject({ total: 3, spanningLines: 3 });
  });

  test('lines that are rows by themselves are not swallowed by a well-formed field', async () => {
    const comma = 'u,title,t\n1,"Open,5\n2,Plain,6\n3,TV 55",7\n4,Last,8\n';
    const { titles, faults } = await reportOf(comma, 'auto');
    expect(titles).toEqual(['Last']);
    expect(faults.total).toBe(3);
    expect(faults.listed[0]?.message).toBe('a quotation mark joins rows (lines 2–4)');
    const meant = await reportOf(comma, true);
    expect(meant.titles).toEqual(['Open,5\n2,Plain,6\n3,TV 55', 'Last']);
    expect(meant.report.spanning).toEqual({ records: 1, lines: 3, firstLine: 2 });
  });
});
