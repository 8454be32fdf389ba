import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import type { KeyValueStore } from '../key-value.ts';
import { codeOf, diskError, isUnreadable, REAL_DISK, type Disk } from './disk.ts';
import { idOf, nameOf, partsOf } from './entry-keys.ts';
import {
  entryOf,
  JOB_FILE,
  readIndex,
  valueOf,
  writeIndex,
  type JobIndex,
  type StoredEntry,
} from './job-folder.ts';
import { ownIdentity, tagOf } from './process-identity.ts';

export interface FileStoreOptions {
  readonly disk?: Disk;
  /** Hears what the user should know: what was damaged and where it lies now. */
  readonly onNotice?: (text: string) => void;
}

/** Where the finished jobs of a store lie, a folder each. */
export const JOBS = 'jobs';
/** What is being written; nothing in it counts. */
export const TEMP = 'temp';
/** Ends the name of a folder that another one is about to take the place of. */
export const REPLACED = '.old';
const DAMAGED = 'damaged';

/**
 * Finished jobs as folders, for Node. A job's folder is written beside its place, synced, and
 * renamed into it: it is there whole or not at all, whenever the process dies. Every file's hash
 * stands in the folder's `job.json` and is checked whenever the file is read; a folder that fails
 * is put aside, so that the job counts as not done.
 *
 * Keys have the form `kind/id/rest`, and one `write` is about one id.
 */
export class FileStore implements KeyValueStore {
  private readonly root: string;
  private readonly disk: Disk;
  private readonly onNotice: (text: string) => void;
  private writes = 0;

  /** @param root an opened store: `openFileStore` makes and checks it */
  constructor(
    root: string,
    { disk = REAL_DISK, onNotice = () => undefined }: FileStoreOptions = {},
  ) {
    this.root = root;
    this.disk = disk;
    this.onNotice = onNotice;
  }

  /** @errors checkpoint-corrupt, storage-unavailable */
  async getMany(keys: readonly string[]): Promise<readonly unknown[]> {
    const values = new Map<string, unknown>();
    for (const id of new Set(keys.map((key) => partsOf(key).id))) {
      const own = keys.filter((key) => partsOf(key).id === id);
      for (const [key, value] of await this.read(id, own)) values.set(key, value);
    }
    return keys.map((key) => values.get(key));
  }

  /** What is damaged is put aside and left out. */
  async getPrefix(prefix: string): Promise<readonly unknown[]> {
    const found: [string, unknown][] = [];
    for (const name of this.folders()) {
      const id = idOf(name);
      if (id === null) continue;
      try {
        const keys = (await this.index(id))?.entries.map(({ key }) => key) ?? [];
        found.push(
          ...(await this.read(
            id,
            keys.filter((key) => key.startsWith(prefix)),
          )),
        );
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'checkpoint-corrupt') throw error;
      }
    }
    return found.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
  }

  async write(
    removePrefixes: readonly string[],
    entries: readonly (readonly [key: string, value: unknown])[],
  ): Promise<void> {
    const ids = new Set(
      [...removePrefixes, ...entries.map(([key]) => key)].map((key) => partsOf(key).id),
    );
    const [id, another] = ids;
    if (id === undefined) return;
    if (another !== undefined) throw anotherJob(id, another);
    const isReplaced = (key: string) =>
      removePrefixes.some((prefix) => key.startsWith(prefix)) ||
      entries.some(([other]) => other === key);
    const kept = await this.kept(id, isReplaced);
    await this.put(id, [...kept, ...entries]);
  }

  async writeEach(
    removePrefixes: readonly string[],
    entries: AsyncIterable<readonly [key: string, value: unknown]>,
  ): Promise<void> {
    const [prefix = ''] = removePrefixes;
    const { id } = partsOf(prefix);
    const kept = await this.kept(id, (key) => removePrefixes.some((one) => key.startsWith(one)));
    await this.put(id, joined(kept, entries));
  }

  /** Writes a job's folder beside its place, and puts it there. */
  private async put(id: string, entries: Entries): Promise<void> {
    const temp = join(this.root, TEMP, tempName(nameOf(id), ++this.writes));
    try {
      const count = await this.fill(id, temp, entries);
      if (count === 0) this.replace(id, temp);
      else this.replace(id, `${temp}${REPLACED}`, temp);
    } catch (cause) {
      throw diskError(cause, this.folderOf(id), 'writing');
    } finally {
      this.discard(temp);
      this.discard(`${temp}${REPLACED}`);
    }
  }

  close(): void {
    // Nothing is held open between two calls.
  }

  /** The path of the mark that a job's folder is finished. */
  markOf(id: string): string {
    return join(this.folderOf(id), JOB_FILE);
  }

  private folderOf(id: string): string {
    return join(this.root, JOBS, nameOf(id));
  }

  private folders(): string[] {
    try {
      return readdirSync(join(this.root, JOBS)).sort();
    } catch (cause) {
      throw diskError(cause, join(this.root, JOBS), 'reading');
    }
  }

  private async kept(id: string, isReplaced: (key: string) => boolean) {
    const index = await this.index(id).catch(() => null);
    const keys = (index?.entries ?? []).map(({ key }) => key).filter((key) => !isReplaced(key));
    return keys.length === 0 ? [] : this.read(id, keys);
  }

  /** @returns how many entries there were; without any, nothing is written */
  private async fill(id: string, temp: string, entries: Entries): Promise<number> {
    const { disk } = this;
    const stored: StoredEntry[] = [];
    for await (const [key, value] of entries) {
      if (stored.length === 0) disk.makeFolder(temp);
      const { kind, id: own, rest } = partsOf(key);
      if (own !== id) throw anotherJob(id, own);
      const { entry, contents } = await entryOf(key, rest === '' ? kind : `${kind}-${rest}`, value);
      for (const { name, content } of contents) disk.writeFile(join(temp, name), content);
      stored.push(entry);
    }
    if (stored.length === 0) return 0;
    disk.writeFile(join(temp, JOB_FILE), await writeIndex(id, stored));
    disk.syncFolder(temp);
    return stored.length;
  }

  /**
   * Takes a job's folder out of its place and puts another there. Dies the process between the two
   * renames, the next opening of the store puts the older one back.
   */
  private replace(id: string, old: string, next?: string): void {
    const { disk } = this;
    const place = this.folderOf(id);
    const isThere = existsSync(place);
    if (isThere) disk.rename(place, old);
    try {
      if (next !== undefined) disk.rename(next, place);
    } catch (cause) {
      if (isThere) disk.rename(old, place);
      throw cause;
    }
    disk.syncFolder(join(this.root, JOBS));
  }

  private discard(path: string): void {
    try {
      this.disk.remove(path);
    } catch {
      // It lies where nothing counts; the next opening of the store clears it away.
    }
  }

  private async index(id: string): Promise<JobIndex | null> {
    try {
      const bytes = this.bytesOf(this.markOf(id));
      // Without its mark a folder is none: an older program, or a hand, left it there.
      return bytes === null ? null : await readIndex(id, bytes);
    } catch (cause) {
      return this.damaged(id, cause);
    }
  }

  private async read(id: string, keys: readonly string[]): Promise<[string, unknown][]> {
    const index = await this.index(id);
    const wanted = index?.entries.filter(({ key }) => keys.includes(key)) ?? [];
    const values: [string, unknown][] = [];
    try {
      for (const entry of wanted) {
        values.push([entry.key, await valueOf(entry, (name) => this.file(id, name))]);
      }
    } catch (cause) {
      // Another process may have put an equal result in its place meanwhile.
      const now = await this.index(id);
      if (now !== null && now.sha256 !== index?.sha256) return this.read(id, keys);
      return this.damaged(id, cause);
    }
    return values;
  }

  private file(id: string, name: string): Uint8Array<ArrayBuffer> {
    const bytes = this.bytesOf(join(this.folderOf(id), name));
    if (bytes === null) throw new Error(`${name} is missing`);
    return bytes;
  }

  private bytesOf(path: string): Uint8Array<ArrayBuffer> | null {
    try {
      return this.disk.readFile(path);
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT' || codeOf(cause) === 'ENOTDIR') return null;
      if (isUnreadable(cause)) throw cause;
      throw diskError(cause, path, 'reading');
    }
  }

  /** Puts a folder aside, and says so. @errors checkpoint-corrupt, always */
  private damaged(id: string, cause: unknown): never {
    if (cause instanceof AppError && cause.code !== 'checkpoint-corrupt') throw cause;
    const aside = join(this.root, DAMAGED, nameOf(id));
    const what = `The stored result ${id.slice(0, 12)} is damaged: ${cause instanceof Error ? cause.message : String(cause)}.`;
    try {
      this.disk.makeFolder(join(this.root, DAMAGED));
      this.disk.remove(aside);
      this.disk.rename(this.folderOf(id), aside);
      this.onNotice(`${what} It was moved to ${aside}; the job counts as not done.`);
    } catch {
      this.onNotice(`${what} It cannot be moved away; the job counts as not done.`);
    }
    throw new AppError('checkpoint-corrupt', what, {
      hint: 'It was not loaded. Run again: only this one is made again.',
      details: { id },
      cause,
    });
  }
}

type Entries =
  | Iterable<readonly [key: string, value: unknown]>
  | AsyncIterable<readonly [key: string, value: unknown]>;

async function* joined(
  first: Iterable<readonly [key: string, value: unknown]>,
  then: Entries,
): AsyncGenerator<readonly [key: string, value: unknown]> {
  yield* first;
  yield* then;
}

function anotherJob(id: string, another: string): AppError {
  return new AppError('internal', `One write is about two jobs: ${id} and ${another}.`);
}

/** Says which process of which machine writes, so that what a dead one left can be told. */
export function tempName(name: string, count: number): string {
  const own = ownIdentity();
  return `${name}.${tagOf(own)}.${own.pid}.${count}`;
}
