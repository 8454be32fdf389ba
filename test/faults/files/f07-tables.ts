import { importFrom, fileOf } from '../../rec/importers/support.ts';
import { defineFault } from '../fault-row.ts';
import { refusals } from '../given/refusals.ts';

const SOURCE = {
  importer: 'csv',
  columns: { user: 'user', item: 'item', time: 'time' },
  timeUnit: 's',
};
const HEAD = 'user,item,time\n';
const ROW = 'u1,A,1582934400\n';
const at = (time: string) => `${HEAD}${ROW}u2,B,${time}\n`;
/** As Windows programs save text: two bytes a character, and a mark first. */
const WIDE = new Uint8Array(
  new Uint16Array([...`\u{feff}${HEAD}${ROW}`].map((c) => c.charCodeAt(0))).buffer,
);

export const fault = defineFault({
  id: 'F07',
  fault: 'tables with damaged text, rows, columns and times',
  expected: 'refused with file and line; nothing is guessed and nothing imported',
  injection: 'file',
  detects: /^(data-invalid|limit-exceeded|data-missing): /,
  hosts: {
    node: refusals<string | Uint8Array<ArrayBuffer>>(() => ({
      sound: HEAD + ROW,
      faulty: {
        empty: '',
        'a header alone': HEAD,
        'no newline and no row': 'user,item,time',
        'bytes that are no UTF-8': Uint8Array.of(
          ...new TextEncoder().encode(HEAD + ROW),
          0x75,
          0xff,
          0x2c,
        ),
        'UTF-16 of odd length': WIDE.slice(0, -1),
        'an unclosed quotation mark': `${HEAD}"u1,A,1582934400\nu2,B,1582934400\n`,
        'a row too short': `${HEAD}${ROW}u2,B\n`,
        'a row too long': `${HEAD}${ROW}u2,B,1582934400,x\n`,
        'a column missing': `user,item\nu1,A\n`,
        'a column twice': `user,item,time,time\nu1,A,1582934400,1582934400\n`,
        'no user': `${HEAD}${ROW},B,1582934400\n`,
        'time NaN': at('NaN'),
        'time 1e999': at('1e999'),
        'time in ms': at('1582934400000'),
        'time below zero': at('-1582934400'),
        'time in the year 30000': at('884541351600'),
        'time in words': at('yesterday'),
        'a line of 20 MB': `${HEAD}${ROW}${'x'.repeat(20 * 2 ** 20)}`,
      },
      read: (content) => importFrom(SOURCE, [fileOf('shop.csv', content)]),
    })),
  },
});
