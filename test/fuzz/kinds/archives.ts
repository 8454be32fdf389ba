import { constants, deflateRawSync, gzipSync, inflateRawSync } from 'node:zlib';
import type { RandomStream } from '../../../src/core/rng.ts';
import { isZip, zipEntries } from '../../../src/io/archive/unzip.ts';
import type { ZipEntry } from '../../../src/io/archive/zip-entry.ts';
import { openBytes, type FileContent } from '../../../src/io/open-bytes.ts';
import { makeZip } from '../../support/make-zip.ts';
import { promise, type FuzzKind } from '../fuzz-kind.ts';
import { joined, mutateBytes } from '../mutate/bytes.ts';
import { oneIn, pick } from '../mutate/pick.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** Zip and gzip, whose files are unpacked to the end. Tar, 7z and others are refused by name. */
export const archivesKind: FuzzKind = {
  name: 'archives',
  reads: 'zip (32 and 64 bit) and gzip archives',
  refuses: ['data-invalid', 'limit-exceeded'],
  seeds: () =>
    Promise.resolve([
      one('stored.zip', makeZip([file('a.csv', false), file('folder/b.csv', false)])),
      one(
        'packed.zip',
        makeZip([file('a.csv', true), { path: 'folder/', bytes: new Uint8Array(0) }]),
      ),
      one('wide.zip', makeZip([file('a.csv', true), file('b.csv', true)], { is64: true })),
      one('members.gz', joined(gzipSync(TEXT), gzipSync('more\n'))),
      one('nested.zip', makeZip([{ path: 'in.zip', bytes: makeZip([file('a.csv', true)]) }])),
      one('zeros.gz', new Uint8Array(gzipSync(new Uint8Array(1_200_000), { level: 9 }))),
    ]),
  mutate(input, random) {
    const [{ name, bytes } = { name: 'a.zip', bytes: new Uint8Array(0) }] = input;
    const isBytes = !name.endsWith('.zip') || oneIn(3, random);
    return [{ name, bytes: isBytes ? mutateBytes(bytes, random) : mutateRecords(bytes, random) }];
  },
  async read(input) {
    for (const { name, bytes } of input) {
      const blob = new Blob([bytes]);
      if (!isZip(bytes)) {
        await unpacked(blob, name);
        continue;
      }
      for (const { path, entry } of await zipEntries(blob, name)) {
        promise(!path.endsWith('/'), 'a folder is listed as a file');
        const content = await unpacked(entry, `${name}/${path}`);
        const plain = await plainBytes(entry);
        // A file of a zip that is gzip itself comes out unpacked twice.
        if (plain[0] === 0x1f && plain[1] === 0x8b) continue;
        promise(plainCrc(content) === entry.checksum, 'bytes fail their check');
        promise(Buffer.compare(plain, content) === 0, 'another program unpacks something else');
      }
    }
  },
};

/** As Node's own library unpacks it; checksum and length say whether a stream without its end was all. */
async function plainBytes({ packed, isDeflated }: ZipEntry): Promise<Uint8Array> {
  const bytes = new Uint8Array(await packed.arrayBuffer());
  return isDeflated ? inflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }) : bytes;
}

async function unpacked(content: FileContent, name: string): Promise<Bytes> {
  const parts: Bytes[] = [];
  let read = 0;
  for await (const part of openBytes(content, name, (count) => (read += count))) parts.push(part);
  const all = joined(...parts);
  promise(all.length <= Math.max(2 ** 21, read * 201), 'an archive grew beyond its limit');
  return all;
}

/** Bit by bit, to be sure that it is not the product's. */
function plainCrc(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

/** Fields of a zip's records, by signature: where they lie and how wide they are. */
const RECORDS: readonly (readonly [
  number,
  readonly (readonly [at: number, bytes: 2 | 4 | 8])[],
])[] = [
  [
    0x04034b50,
    [
      [6, 2],
      [8, 2],
      [14, 4],
      [18, 4],
      [22, 4],
      [26, 2],
      [28, 2],
    ],
  ],
  [
    0x02014b50,
    [
      [8, 2],
      [10, 2],
      [16, 4],
      [20, 4],
      [24, 4],
      [28, 2],
      [30, 2],
      [32, 2],
      [42, 4],
    ],
  ],
  [
    0x06054b50,
    [
      [8, 2],
      [10, 2],
      [12, 4],
      [16, 4],
      [20, 2],
    ],
  ],
  [
    0x06064b50,
    [
      [4, 8],
      [24, 8],
      [32, 8],
      [40, 8],
      [48, 8],
    ],
  ],
  [
    0x07064b50,
    [
      [4, 4],
      [8, 8],
      [16, 4],
    ],
  ],
];
const VALUES = [
  0n,
  1n,
  8n,
  0xffffn,
  0xffff_ffffn,
  0x7fff_ffffn,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
];

function mutateRecords(bytes: Bytes, random: RandomStream): Bytes {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  const fields: (readonly [at: number, bytes: 2 | 4 | 8])[] = [];
  for (let at = 0; at + 4 <= copy.length; at++) {
    const record = RECORDS.find(([signature]) => signature === view.getUint32(at, true));
    for (const [offset, width] of record?.[1] ?? []) {
      if (at + offset + width <= copy.length) fields.push([at + offset, width]);
    }
  }
  if (fields.length === 0) return mutateBytes(bytes, random);
  for (let change = 1 + random.nextInt(3); change > 0; change--) {
    const [at, width] = pick(fields, random);
    const now = width === 2 ? BigInt(view.getUint16(at, true)) : BigInt(view.getUint32(at, true));
    const value = oneIn(2, random) ? pick(VALUES, random) : now + BigInt(random.nextInt(7) - 3);
    if (width === 2) view.setUint16(at, Number(BigInt.asUintN(16, value)), true);
    else if (width === 4) view.setUint32(at, Number(BigInt.asUintN(32, value)), true);
    else view.setBigUint64(at, BigInt.asUintN(64, value), true);
  }
  return oneIn(4, random) ? mutateBytes(copy, random) : copy;
}

const TEXT = 'user,item,time\nu1,A,1582934400\n'.repeat(8);

function file(path: string, isDeflated: boolean) {
  const bytes = new TextEncoder().encode(TEXT);
  return { path, bytes, ...(isDeflated && { deflated: new Uint8Array(deflateRawSync(bytes)) }) };
}

function one(name: string, bytes: Bytes) {
  return { name: name.replace('.', '-'), input: [{ name, bytes }] };
}
