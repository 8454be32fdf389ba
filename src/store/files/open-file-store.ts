import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { diskError, REAL_DISK, type Disk } from './disk.ts';
import { FileStore, JOBS, REPLACED, TEMP, tempName, type FileStoreOptions } from './file-store.ts';
import { isAlive, ownIdentity, tagOf } from './process-identity.ts';

const STORE_SCHEMA = 'mmgrid-store/1';
const STORE_FILE = 'store.json';
/** Names that a browser profile has at its top: what a run in a browser has left. */
const PROFILE = ['Default', 'Local State'];

/**
 * Opens the store in a folder, or makes one there.
 * @errors storage-unavailable when it cannot be written or another version wrote it, quota-exceeded
 */
export function openFileStore(root: string, options: FileStoreOptions = {}): FileStore {
  const { disk = REAL_DISK, onNotice = () => undefined } = options;
  try {
    if (existsSync(join(root, STORE_FILE)))
      checkVersion(root, disk.readFile(join(root, STORE_FILE)));
    else if (PROFILE.some((name) => existsSync(join(root, name)))) {
      onNotice(
        `${root} holds the jobs of runs in a browser, which only --host browser can read: ` +
          'this run starts anew beside them.',
      );
    }
    for (const name of [JOBS, TEMP]) disk.makeFolder(join(root, name));
    if (!existsSync(join(root, STORE_FILE))) writeVersion(root, options);
    for (const name of leftovers(join(root, TEMP))) clearAway(root, name, disk);
  } catch (cause) {
    throw diskError(cause, root, 'opening');
  }
  return new FileStore(root, options);
}

function writeVersion(root: string, { disk = REAL_DISK }: FileStoreOptions): void {
  const partial = join(root, TEMP, tempName(STORE_FILE, 0));
  disk.remove(partial);
  disk.writeFile(partial, `${JSON.stringify({ schema: STORE_SCHEMA })}\n`);
  disk.rename(partial, join(root, STORE_FILE));
  disk.syncFolder(root);
}

function checkVersion(root: string, bytes: Uint8Array<ArrayBuffer>): void {
  let schema: unknown = 'that is unreadable';
  try {
    schema = (JSON.parse(new TextDecoder().decode(bytes)) as { schema?: unknown }).schema;
  } catch {
    // Said below.
  }
  if (schema === STORE_SCHEMA) return;
  throw new AppError(
    'storage-unavailable',
    `The store in ${root} has a form ${String(schema)}; this program reads ${STORE_SCHEMA}.`,
    { hint: 'Nothing was changed. Use the program that wrote it, or another folder: --store DIR.' },
  );
}

/** Half of a job is nothing; a whole one whose place is empty was about to be replaced. */
function clearAway(root: string, name: string, disk: Disk): void {
  const place = join(root, JOBS, name.split('.')[0] ?? '');
  const left = join(root, TEMP, name);
  if (name.endsWith(REPLACED) && !existsSync(place)) disk.rename(left, place);
  else disk.remove(left);
}

/**
 * What processes of this machine that are gone have left half-written: names end with
 * `.<machine>.<process>.<count>`.
 */
export function leftovers(folder: string): string[] {
  const own = ownIdentity();
  return readdirSync(folder).filter((name) => {
    const [, tag, digits] = /\.([\w-]+)\.(\d+)\.\d+(?:\.old)?$/.exec(name) ?? [];
    if (tag !== tagOf(own) || digits === undefined) return false;
    return Number(digits) !== own.pid && !isAlive(Number(digits));
  });
}
