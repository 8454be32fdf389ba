import { deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { openFiles } from '../../../src/rec/importers/open-files.ts';
import { makeZip } from '../../support/make-zip.ts';
import { faultOf, fileOf, importFrom, rowsOf } from './support.ts';

/** One byte a character. */
const bytesOf = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const packed = (path: string, text: string) => {
  const bytes = new TextEncoder().encode(text);
  return { path, bytes, deflated: new Uint8Array(deflateRawSync(bytes)) };
};
const csv = { importer: 'csv', columns: { user: 'u', item: 'i', time: 't' }, timeUnit: 's' };
const log = 'u,i,t\nx,a,1700000000\n';

describe('a zip', () => {
  test('is read as the folder that it holds, without what systems add', async () => {
    const zip = makeZip([
      packed('ml-1m/', ''),
      packed('ml-1m/movies.dat', '1::Toy Story (1995)::Comedy\n'),
      packed('ml-1m/ratings.dat', '7::1::5::978300760\n'),
      packed('__MACOSX/ml-1m/._movies.dat', 'x'),
      packed('ml-1m/.DS_Store', 'x'),
      packed('ml-1m/README', 'x'),
    ]);
    const { domains, notes } = await importFrom({ importer: 'movielens' }, [
      fileOf('ml-1m.zip', zip),
    ]);
    expect(rowsOf(domains[0])).toEqual(['7 1 978300760000']);
    expect(notes).toContain('ml-1m.zip/ml-1m/ratings.dat: 1 ratings.');
    expect(notes).toContain('1 files were not read: ml-1m.zip/ml-1m/README.');
  });

  test('may hold gzip files, and stand beside others', async () => {
    const inner = { path: 'a.csv.gz', bytes: new Uint8Array(gzipSync(log)) };
    const { domains } = await importFrom(csv, [
      fileOf('some.ZIP', makeZip([inner])),
      fileOf('b.csv', log),
    ]);
    expect(domains.map(({ domain }) => domain)).toEqual(['a', 'b']);
  });

  test('of RecBole files and of Amazon reviews', async () => {
    const inter = 'user_id:token\titem_id:token\ttimestamp:float\nu\ti\t1700000000\n';
    const recbole = await importFrom({ importer: 'recbole' }, [
      fileOf(
        'x.zip',
        makeZip([
          packed('x/x.inter', inter),
          packed('x/x.item', 'item_id:token\tname:token_seq\ni\tI\n'),
        ]),
      ),
    ]);
    expect(recbole.domains[0]?.titles).toEqual(['I']);
    const review = '{"user_id":"u","parent_asin":"A","timestamp":1588687728923}\n';
    const amazon = await importFrom({ importer: 'amazon-reviews' }, [
      fileOf('x.zip', makeZip([packed('Books.jsonl', review)])),
    ]);
    expect(amazon.domains[0]?.domain).toBe('Books');
  });

  test('that is damaged is refused; its progress is in packed bytes', async () => {
    const zip = makeZip([packed('a.csv', log)]);
    const error = await faultOf(importFrom(csv, [fileOf('x.zip', zip.slice(0, 40))]));
    expect(error.message).toContain('damaged or incomplete zip');
    const wrong = zip.slice();
    wrong[40] = (wrong[40] ?? 0) ^ 1;
    expect((await faultOf(importFrom(csv, [fileOf('x.zip', wrong)]))).code).toBe('data-invalid');
  });
});

describe('what is not read is recognised', () => {
  const inZip = (path: string) => makeZip([packed(path, 'x')]);
  test.each<[string, string | Uint8Array<ArrayBuffer>, string]>([
    ['log.parquet', 'PAR1....', 'an Apache Parquet table'],
    ['log.csv', 'PAR1....', 'an Apache Parquet table'],
    ['log.csv', bytesOf('\u0089HDF\r\n\u001a\n'), 'an HDF5 file'],
    ['log.csv', 'SQLite format 3\0', 'an SQLite database'],
    ['log.csv', inZip('[Content_Types].xml'), 'a spreadsheet or document of Office'],
    ['log.xlsx', inZip('[Content_Types].xml'), 'a spreadsheet or document of Office'],
    ['data.npz', inZip('users.npy'), 'a file of NumPy arrays'],
    ['model.pt', inZip('archive/data.pkl'), 'a file of PyTorch'],
    ['x.zip', makeZip([{ path: 'y.zip', bytes: inZip('z') }]), 'a zip within a zip'],
    ['train.pkl', bytesOf('\u0080\u0004'), 'a Python pickle'],
    ['log.csv', '<!DOCTYPE html><html>', 'a web page'],
    ['log.csv', 'version https://git-lfs.github.com/spec/v1\noid', 'a Git LFS pointer'],
    ['log.tar', `${'x'.repeat(257)}ustar`, 'a tar archive'],
    ['log.tar.gz', new Uint8Array(gzipSync(`${'x'.repeat(257)}ustar`)), 'a tar archive'],
    ['log.csv', bytesOf('(\u00b5/\u00fd'), 'packed with Zstandard'],
    ['yelp_academic_dataset_review.json', '{}', 'of the Yelp data set'],
    ['australian_users_items.json', '{}', 'of the Steam data set'],
    ['u.data', '1\t2\t3\t4', 'of MovieLens 100K'],
    ['ratings.dat', '1::2::3::4', 'the importer movielens reads'],
    ['behaviors.tsv', '1\tU1\tx', 'the importer mind reads'],
    ['x.inter', 'user_id:token\titem_id:token\n', 'the importer recbole reads'],
    ['Books.jsonl', '{}', 'the importer amazon-reviews reads'],
  ])('%s', async (name, content, what) => {
    const error = await faultOf(importFrom(csv, [fileOf(name, content)]));
    const said = [error.message, ...error.faults.map(({ message }) => message)].join('\n');
    expect(said).toContain(what);
    expect(said).not.toContain('UTF-8');
  });

  test('a log that is called like one of them is read all the same', async () => {
    const { domains } = await importFrom(csv, [fileOf('tags.csv', log)]);
    expect(domains[0]?.domain).toBe('tags');
  });

  test('beside the data it is named in the notes', async () => {
    const { notes } = await importFrom(csv, [fileOf('a.csv', log), fileOf('b.parquet', 'PAR1')]);
    expect(notes).toContain('1 files were not read: b.parquet (an Apache Parquet table).');
  });

  test('ordinary files are not', async () => {
    const files = [fileOf('a.csv', log), fileOf('README', ''), fileOf('b.json.gz', gzipSync('{}'))];
    expect((await openFiles(files)).map(({ known }) => known)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
