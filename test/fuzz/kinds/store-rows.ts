import { AppError } from '../../../src/core/errors.ts';
import { canonicalJson, sha256Hex } from '../../../src/core/hash.ts';
import { withoutInfinities } from '../../../src/store/checkpoint-manifest.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { fileNamed, jsonFile, textFile, textOf, type FuzzKind } from '../fuzz-kind.ts';
import { mutateBytes } from '../mutate/bytes.ts';
import { mutateJson } from '../mutate/json.ts';
import { oneIn } from '../mutate/pick.ts';
import { fillStore, KEYS, readStore } from './sound-rows.ts';

const FILE = 'rows.json';
/** Is there where descriptions get their hashes anew: what a wrong build, not a wrong bit, stores. */
const SEAL = 'sealed-anew';

/** Rows of the page's database: checkpoints, artefacts and snapshots. */
export const storeRowsKind: FuzzKind = {
  name: 'store-rows',
  reads: "rows of the page's database",
  refuses: ['checkpoint-corrupt', 'storage-unavailable'],
  async seeds() {
    const store = new MemoryStore();
    await fillStore(store);
    const values = await store.getMany(KEYS);
    const rows = Object.fromEntries(KEYS.map((key, at) => [key, plain(values[at])]));
    return [{ name: 'all', input: [jsonFile(FILE, rows)] }];
  },
  mutate(input, random) {
    const file = fileNamed(input, FILE);
    if (oneIn(15, random)) return [{ name: FILE, bytes: mutateBytes(file.bytes, random) }];
    const changed = textFile(FILE, mutateJson(textOf(file), random));
    return oneIn(3, random) ? [changed, textFile(SEAL, '')] : [changed];
  },
  async read(input) {
    const isResealed = input.some(({ name }) => name === SEAL);
    const store = new MemoryStore();
    for (const [key, value] of rowsOf(textOf(fileNamed(input, FILE)))) {
      await store.write([], [[key, isResealed ? await resealed(value) : value]]);
    }
    await readStore(store, isResealed);
  },
};

/** A database has rows or none; what is no JSON here is nothing there. */
function rowsOf(text: string): readonly (readonly [string, unknown])[] {
  try {
    const rows: unknown = JSON.parse(text);
    if (typeof rows !== 'object' || rows === null) throw new Error('no rows');
    return Object.entries(rows).map(([key, value]) => [key, restored(value)]);
  } catch {
    throw new AppError('storage-unavailable', 'There is no database.');
  }
}

async function resealed(value: unknown): Promise<unknown> {
  if (typeof value !== 'object' || value === null || !('sha256' in value)) return value;
  const open: Record<string, unknown> = { ...value };
  delete open['sha256'];
  try {
    return { ...open, sha256: await sha256Hex(canonicalJson(withoutInfinities(open))) };
  } catch {
    return value;
  }
}

const ARRAYS = { Uint8Array, Uint16Array, Uint32Array, Float32Array, Float64Array, Int32Array };
type ArrayName = keyof typeof ARRAYS;

/** JSON with typed arrays and numbers that JSON has no form for. */
function plain(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return { $number: String(value) };
  if (ArrayBuffer.isView(value)) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return { [`$${value.constructor.name}`]: bytes.toString('base64') };
  }
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, own]) => [name, plain(own)]));
}

function restored(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(restored);
  if (typeof value !== 'object' || value === null) return value;
  const [[name, own] = ['', null], another] = Object.entries(value) as [string, unknown][];
  if (another === undefined && name === '$number') return Number(own);
  const array = name.slice(1) as ArrayName;
  if (another === undefined && name.startsWith('$') && Object.hasOwn(ARRAYS, array)) {
    const bytes = new Uint8Array(Buffer.from(String(own), 'base64'));
    const Type = ARRAYS[array];
    return new Type(bytes.buffer, 0, Math.floor(bytes.length / Type.BYTES_PER_ELEMENT));
  }
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, restored(field)]));
}
