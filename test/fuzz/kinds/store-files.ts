import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { AppError } from '../../../src/core/errors.ts';
import { canonicalJson, sha256Hex } from '../../../src/core/hash.ts';
import { REAL_DISK } from '../../../src/store/files/disk.ts';
import { openFileStore } from '../../../src/store/files/open-file-store.ts';
import { promise, textFile, textOf, type FuzzInput, type FuzzKind } from '../fuzz-kind.ts';
import { mutateBytes } from '../mutate/bytes.ts';
import { mutateJson } from '../mutate/json.ts';
import { oneIn, pick } from '../mutate/pick.ts';
import { fillStore, readStore } from './sound-rows.ts';

/** Is there where manifests get their hashes anew: what a wrong build, or a person, writes. */
const SEAL = 'sealed-anew';

/** The folder of Node's store: its version, manifests of jobs and what they name. */
export const storeFilesKind: FuzzKind = {
  name: 'store-files',
  reads: "the folder of Node's store: manifests and values",
  refuses: ['checkpoint-corrupt', 'storage-unavailable'],
  async seeds() {
    const folder = mkdtempSync(join(tmpdir(), 'mmgrid-fuzz-'));
    try {
      await fillStore(openFileStore(folder));
      return [{ name: 'all', input: filesUnder(folder) }];
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  mutate(input, random) {
    if (oneIn(20, random)) {
      const gone = pick(input, random);
      return input.filter((file) => file !== gone);
    }
    const json = input.filter(({ name }) => name.endsWith('.json'));
    const file = pick(oneIn(4, random) ? input : json, random);
    const isBytes = oneIn(6, random) || !file.name.endsWith('.json');
    const bytes = isBytes
      ? mutateBytes(file.bytes, random)
      : textFile('', mutateJson(textOf(file), random)).bytes;
    const changed = input.map((other) => (other === file ? { ...file, bytes } : other));
    return oneIn(3, random) ? [...changed, textFile(SEAL, '')] : changed;
  },
  async read(input) {
    const isResealed = input.some(({ name }) => name === SEAL);
    const folder = mkdtempSync(join(tmpdir(), 'mmgrid-fuzz-'));
    const readFile = (path: string): Uint8Array<ArrayBuffer> => {
      promise(resolve(path).startsWith(folder + sep), 'a file outside the store is read');
      return REAL_DISK.readFile(path);
    };
    // What syncs it to the disk takes most of the time, and is not what is looked at.
    const disk = { ...REAL_DISK, readFile, syncFolder: () => undefined };
    try {
      for (const { name, bytes } of input) {
        if (name === SEAL) continue;
        const path = join(folder, name);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(
          path,
          isResealed && name.endsWith('job.json') ? await resealed(bytes) : bytes,
        );
      }
      await readStore(openFileStore(folder, { disk }), isResealed);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

async function resealed(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  try {
    const open = JSON.parse(textOf({ name: '', bytes })) as Record<string, unknown>;
    delete open['sha256'];
    const text = JSON.stringify({ ...open, sha256: await sha256Hex(canonicalJson(open)) });
    return new TextEncoder().encode(text);
  } catch (error) {
    if (error instanceof AppError || error instanceof Error) return bytes;
    throw error;
  }
}

function filesUnder(folder: string): FuzzInput {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => ({
      name: relative(folder, path).split(sep).join('/'),
      bytes: new Uint8Array(readFileSync(path)),
    }));
}
