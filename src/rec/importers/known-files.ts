/** What a file is that no importer reads, and what to give in its place. */
export interface KnownFile {
  readonly what: string;
  readonly give: string;
  /** Known by its name alone, a text: who names it in a document has it read all the same. */
  readonly isText?: boolean;
}

const AS_CSV = 'write its table as CSV (pandas: to_csv) and give that';
const UNPACKED = 'unpack it and give what is in it';

interface Magic extends KnownFile {
  readonly at: number;
  /** The bytes as Latin-1 text. */
  readonly bytes: string;
}

const MAGIC: readonly Magic[] = [
  { at: 0, bytes: 'PAR1', what: 'an Apache Parquet table', give: AS_CSV },
  { at: 0, bytes: 'ARROW1', what: 'an Apache Arrow table', give: AS_CSV },
  { at: 0, bytes: 'FEA1', what: 'a Feather table', give: AS_CSV },
  { at: 0, bytes: 'Obj\u0001', what: 'an Avro file', give: AS_CSV },
  { at: 0, bytes: 'ORC', what: 'an Apache ORC table', give: AS_CSV },
  { at: 0, bytes: '\u0093NUMPY', what: 'a NumPy array', give: AS_CSV },
  { at: 0, bytes: '\u0089HDF\r\n', what: 'an HDF5 file', give: AS_CSV },
  { at: 0, bytes: 'SQLite format 3\0', what: 'an SQLite database', give: AS_CSV },
  {
    at: 0,
    bytes: '\u00d0\u00cf\u0011\u00e0',
    what: 'a document of an old Office program',
    give: AS_CSV,
  },
  { at: 0, bytes: '7z\u00bc\u00af', what: 'a 7-Zip archive', give: UNPACKED },
  { at: 0, bytes: 'Rar!', what: 'a RAR archive', give: UNPACKED },
  { at: 0, bytes: 'BZh', what: 'packed with bzip2', give: UNPACKED },
  { at: 0, bytes: '\u00fd7zXZ', what: 'packed with xz', give: UNPACKED },
  { at: 0, bytes: '(\u00b5/\u00fd', what: 'packed with Zstandard', give: UNPACKED },
  { at: 257, bytes: 'ustar', what: 'a tar archive', give: UNPACKED },
  { at: 0, bytes: '%PDF', what: 'a PDF document', give: 'give the data themselves' },
  {
    at: 0,
    bytes: 'version https://git-lfs',
    what: 'a Git LFS pointer, not the data themselves',
    give: 'fetch them with "git lfs pull"',
  },
];

const WEB_PAGE: KnownFile = {
  what: 'a web page',
  give: 'the download led to a page of the site, perhaps its login: download the file again',
};

/** A file that is known by its name. */
export interface NamedFile extends KnownFile {
  readonly name: RegExp;
}

/** Of no importer; files of an importer's layout stand with it. */
const NAMES: readonly NamedFile[] = [
  { name: /\.parquet$/i, what: 'an Apache Parquet table', give: AS_CSV },
  { name: /\.(arrow|feather)$/i, what: 'an Apache Arrow table', give: AS_CSV },
  { name: /\.np[yz]$/i, what: 'a file of NumPy arrays', give: AS_CSV },
  { name: /\.(pkl|pickle|joblib)$/i, what: 'a Python pickle', give: AS_CSV },
  { name: /\.(pt|pth|ckpt)$/i, what: 'a file of PyTorch', give: AS_CSV },
  { name: /\.(h5|hdf5|hdf)$/i, what: 'an HDF5 file', give: AS_CSV },
  { name: /\.(sqlite3?|db)$/i, what: 'an SQLite database', give: AS_CSV },
  { name: /\.(xlsx?|xlsm|ods)$/i, what: 'a spreadsheet', give: 'save its sheet as CSV' },
  { name: /\.(rda|rds|rdata|mat|sav|dta)$/i, what: 'a file of a statistics program', give: AS_CSV },
  { name: /\.(tar|tgz|tar\.(gz|bz2|xz))$/i, what: 'a tar archive', give: UNPACKED },
  {
    name: /^yelp_academic_dataset_\w+\.json$/i,
    what: 'of the Yelp data set',
    give: 'write user_id, business_id and date of the reviews as CSV (importer: csv, timeUnit: iso)',
    isText: true,
  },
  {
    name: /^(australian_users_items|australian_user_reviews|steam_reviews|steam_new|steam_games|bundle_data)\.json$/i,
    what: 'of the Steam data set, in Python notation',
    give: 'write user, item and time as CSV (importer: csv)',
    isText: true,
  },
  {
    name: /^goodreads_(interactions|reviews|books|book_id_map|user_id_map)\w*\.(json|csv)$/i,
    what: 'of the Goodreads data set',
    give: 'write user, book and time as CSV (importer: csv)',
    isText: true,
  },
];

/** What zips are that are no archives of files: by the path of a file in them. */
const ZIPS: readonly (KnownFile & { readonly path: RegExp })[] = [
  {
    path: /^\[Content_Types\]\.xml$/,
    what: 'a spreadsheet or document of Office',
    give: 'save its sheet as CSV',
  },
  {
    path: /^mimetype$/,
    what: 'a spreadsheet or document of OpenOffice',
    give: 'save its sheet as CSV',
  },
  { path: /(^|\/)data\.pkl$/, what: 'a file of PyTorch', give: AS_CSV },
  { path: /^[^/]+\.npy$/, what: 'a file of NumPy arrays', give: AS_CSV },
];

/**
 * Recognises a file that no importer reads.
 * @param name base name without .gz
 * @param head its first bytes, unpacked
 * @param layouts files of the importers' layouts
 */
export function knownFile(
  name: string,
  head: Uint8Array,
  layouts: readonly NamedFile[],
): KnownFile | null {
  const text = new TextDecoder('latin1').decode(head);
  const byBytes = MAGIC.find(({ at, bytes }) => latin1(head).startsWith(bytes, at));
  if (byBytes !== undefined) return byBytes;
  if (/^\s*(<!doctype html|<html[\s>])/i.test(text)) return WEB_PAGE;
  return [...NAMES, ...layouts].find((known) => known.name.test(name)) ?? null;
}

/** Recognises a zip that is a file of one program. */
export function knownZip(paths: readonly string[]): KnownFile | null {
  return ZIPS.find(({ path }) => paths.some((own) => path.test(own))) ?? null;
}

/** One character a byte; the decoder of that name is windows-1252 and changes some. */
function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
