import { deflateRawSync, gzipSync } from 'node:zlib';
import { makeZip } from '../../support/make-zip.ts';
import { fileOf, importFrom } from '../../rec/importers/support.ts';
import { defineFault } from '../fault-row.ts';
import { refusals } from '../given/refusals.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const SOURCE = {
  importer: 'csv',
  columns: { user: 'user', item: 'item', time: 'time' },
  timeUnit: 's',
};
const TABLE = new TextEncoder().encode('user,item,time\nu1,A,1582934400\n');
const ZEROS = new Uint8Array(4_000_000);
const packed = (bytes: Bytes): Bytes => new Uint8Array(deflateRawSync(bytes));
const zip = (bytes: Bytes, more: Partial<Parameters<typeof makeZip>[0][number]> = {}): Bytes =>
  makeZip([{ path: 'shop.csv', bytes, deflated: packed(bytes), ...more }]);

/** A field of the directory or of its end, changed. */
function changed(bytes: Bytes, signature: number, at: number, value: number): Bytes {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  let place = copy.length - 4;
  while (place > 0 && view.getUint32(place, true) !== signature) place -= 1;
  view.setUint32(place + at, value, true);
  return copy;
}
const CENTRAL = 0x02014b50;
const END = 0x06054b50;

export const fault = defineFault({
  id: 'F09',
  fault: 'archives that lie, burst, are encrypted or broken off',
  expected: 'refused with a bound on what is unpacked; names of files in them never are paths here',
  injection: 'file',
  detects: /^(data-invalid|limit-exceeded|data-missing): /,
  hosts: {
    node: refusals<Bytes>(() => ({
      sound: zip(TABLE),
      faulty: {
        'a bomb in a zip': zip(ZEROS),
        'a zip within a zip': makeZip([{ path: 'in.zip', bytes: zip(TABLE) }]),
        'a wrong checksum': changed(zip(TABLE), CENTRAL, 16, 1),
        'a size that lies, too small': changed(zip(TABLE), CENTRAL, 24, 3),
        'a size that lies, too large': changed(zip(TABLE), CENTRAL, 24, 2 ** 31),
        'a packed size beyond the file': changed(zip(TABLE), CENTRAL, 20, 2 ** 30),
        'a file that begins outside': changed(zip(TABLE), CENTRAL, 42, 2 ** 30),
        encrypted: zip(TABLE, { flags: 1 }),
        'packed in a rare way': zip(TABLE, { method: 14 }),
        'a directory outside': changed(zip(TABLE), END, 16, 2 ** 30),
        '64-bit sizes without their record': changed(zip(TABLE), END, 16, 0xffff_ffff),
        'broken off': zip(TABLE).slice(0, -30),
        'a damaged stream': zip(TABLE, { deflated: packed(TABLE).fill(0xff, 3) }),
        'no file': makeZip([]),
        // Gzip is read wherever a table is.
        'a bomb of gzip': new Uint8Array(gzipSync(ZEROS)),
        'gzip broken off': new Uint8Array(gzipSync(TABLE)).slice(0, -6),
      },
      read: (bytes) => importFrom(SOURCE, [fileOf('data.zip', bytes)]),
    })),
  },
});
