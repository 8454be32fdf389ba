import Papa from 'papaparse';
import { writeCsv } from '../../../src/io/csv-write.ts';
import { runCases } from '../cases.ts';
import { defineFault } from '../fault-row.ts';

/** What spreadsheets begin to compute at, behind white space too. */
const FORMULAS = [
  ...['=1+1', '+1+1', '-1+1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', ' =1', '  @x', '-x', '+', '='],
  ...['=HYPERLINK("https://x","y")', "=cmd|' /C calc'!A0", '-2+3+cmd', '"=1"'.slice(1, -1)],
];

export const fault = defineFault({
  id: 'F08',
  fault: 'names of items and domains that a spreadsheet takes for formulas',
  expected:
    'each is exported as text with an apostrophe before it; everything else comes back exactly',
  injection: 'file',
  detects: /^guarded: '/,
  hosts: {
    node: (_, trial) =>
      runCases(
        trial,
        FORMULAS.map((formula) => ({
          name: JSON.stringify(formula),
          act: (isInjected) => {
            const text = isInjected ? formula : 'a, "plain" title';
            const written = writeCsv(['title', 'n'], [[text, -1]]);
            const [, [cell = '', number = ''] = []] = Papa.parse<string[]>(written).data;
            if (number !== '-1') return Promise.reject(new Error(`a number became ${number}`));
            return Promise.resolve(cell === text ? '' : `guarded: ${cell}`);
          },
          after: () => {
            const plain = ['-0.2 0.2', 'a;b', "it's", '1e-5', 'line\nline', ''];
            const written = writeCsv(
              ['x'],
              plain.map((text) => [text]),
            );
            const read = Papa.parse<string[]>(written, { skipEmptyLines: false }).data;
            const back = read.slice(1, plain.length + 1).map(([text]) => text);
            return Promise.resolve(back.join('|') === plain.join('|') ? '' : back.join('|'));
          },
        })),
      ),
  },
  isShort: true,
});
