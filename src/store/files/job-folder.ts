import { canonicalJson, sha256Hex } from '../../core/hash.ts';
import { readValue, writeValue } from './json-with-arrays.ts';

const JOB_SCHEMA = 'mmgrid-job/1';
/** The mark of a job's folder: written last, and it holds the hashes of all else. */
export const JOB_FILE = 'job.json';

export interface StoredFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Where one key's value lies: bytes as they are, or JSON with its typed arrays beside it. */
export interface StoredEntry {
  readonly key: string;
  readonly form: 'bytes' | 'json';
  readonly files: readonly StoredFile[];
}

/** Content of `job.json`. */
export interface JobIndex {
  readonly schema: typeof JOB_SCHEMA;
  readonly id: string;
  readonly entries: readonly StoredEntry[];
  /** Of the canonical JSON of all above. */
  readonly sha256: string;
}

export interface FileContent {
  readonly name: string;
  readonly content: Uint8Array<ArrayBuffer>;
}

/** The files that hold a value, and how they are found again. */
export async function entryOf(
  key: string,
  name: string,
  value: unknown,
): Promise<{ readonly entry: StoredEntry; readonly contents: readonly FileContent[] }> {
  const contents: FileContent[] = [];
  const form = value instanceof Uint8Array ? 'bytes' : 'json';
  if (value instanceof Uint8Array) {
    // Stores hand over bytes of their own: a copy of each chunk would only be held twice.
    const content = isOwn(value) ? value : new Uint8Array(value);
    contents.push({ name: `${name}.bin`, content });
  } else {
    const { text, bytes } = writeValue(value);
    contents.push({ name: `${name}.json`, content: new TextEncoder().encode(text) });
    if (bytes.length > 0) contents.push({ name: `${name}.bin`, content: bytes });
  }
  const files: StoredFile[] = [];
  for (const { name: file, content } of contents) {
    files.push({ name: file, bytes: content.length, sha256: await sha256Hex(content) });
  }
  return { entry: { key, form, files }, contents };
}

/** Bytes that no other thread can change. */
function isOwn(value: Uint8Array): value is Uint8Array<ArrayBuffer> {
  return value.buffer instanceof ArrayBuffer;
}

/**
 * The value of an entry; its files are read one by one and checked.
 * @throws Error saying which file is wrong and how
 */
export async function valueOf(
  { form, files }: StoredEntry,
  read: (name: string) => Uint8Array<ArrayBuffer>,
): Promise<unknown> {
  const contents: Uint8Array<ArrayBuffer>[] = [];
  for (const { name, bytes, sha256 } of files) {
    const content = read(name);
    if (content.length !== bytes) {
      throw new Error(`${name} has ${content.length} bytes, not ${bytes}`);
    }
    if ((await sha256Hex(content)) !== sha256) throw new Error(`${name} has another SHA-256`);
    contents.push(content);
  }
  const [first = new Uint8Array(), second = new Uint8Array()] = contents;
  return form === 'bytes'
    ? first
    : readValue({ text: new TextDecoder().decode(first), bytes: second });
}

export async function writeIndex(id: string, entries: readonly StoredEntry[]): Promise<string> {
  const index = { schema: JOB_SCHEMA, id, entries };
  return JSON.stringify({ ...index, sha256: await sha256Hex(canonicalJson(index)) });
}

/**
 * The index of a job, its form looked at before anything of it names a file, and its hash.
 * @throws Error saying what is wrong with it
 */
export async function readIndex(id: string, bytes: Uint8Array<ArrayBuffer>): Promise<JobIndex> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new Error(`${JOB_FILE} is no JSON`);
  }
  const { sha256, ...rest } = isObject(parsed) ? parsed : {};
  if (rest['schema'] !== JOB_SCHEMA) {
    throw new Error(`${JOB_FILE} has the form ${String(rest['schema'])}`);
  }
  if (rest['id'] !== id) throw new Error(`${JOB_FILE} is of job ${String(rest['id'])}`);
  // A damaged value may be one that cannot be hashed at all.
  const digest = await digestOf(rest).catch(() => null);
  if (typeof sha256 !== 'string' || digest !== sha256) {
    throw new Error(`${JOB_FILE} has another SHA-256`);
  }
  const { entries } = rest;
  if (!Array.isArray(entries) || !entries.every(isEntry)) {
    throw new Error(`${JOB_FILE} lists no files of this store`);
  }
  return { schema: JOB_SCHEMA, id, entries, sha256 };
}

async function digestOf(index: object): Promise<string> {
  return sha256Hex(canonicalJson(index));
}

/** A name that `entryOf` gives: a path that leads elsewhere is none. */
const FILE_NAME = /^[\w-]+\.(?:bin|json)$/;

function isEntry(value: unknown): value is StoredEntry {
  if (!isObject(value) || typeof value['key'] !== 'string') return false;
  const { form, files } = value;
  if (form !== 'bytes' && form !== 'json') return false;
  return Array.isArray(files) && files.every(isFile);
}

function isFile(value: unknown): value is StoredFile {
  if (!isObject(value)) return false;
  const { name, bytes, sha256 } = value;
  const isNamed = typeof name === 'string' && FILE_NAME.test(name);
  return isNamed && Number.isSafeInteger(bytes) && typeof sha256 === 'string';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
