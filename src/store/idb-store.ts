import { getMany, promisifyRequest } from 'idb-keyval';
import type { UseStore } from 'idb-keyval';
import { AppError } from '../core/errors.ts';
import type { KeyValueStore } from './key-value.ts';
import { openDatabase, STORE_NAME } from './open-database.ts';
import { cleared, givenUp, storageError } from './storage-error.ts';

/** Bytes of one transaction of `writeEach`: all of them are in memory until it is complete. */
export const TRANSACTION_BYTES = 256 * 2 ** 20;

/**
 * One IndexedDB database with one object store, read through idb-keyval.
 *
 * Writes do not go through it: its transactions have the default durability, which Chromium may
 * acknowledge before the data are on disk. Writes open their own `strict` one and resolve on
 * `complete`. Nor does opening: idb-keyval opens whatever version there is.
 */
export class IdbStore implements KeyValueStore {
  private readonly database: IDBDatabase;
  private readonly useStore: UseStore;
  private readonly end = new AbortController();

  private constructor(database: IDBDatabase) {
    this.database = database;
    this.useStore = async (mode, use) =>
      use(database.transaction(STORE_NAME, mode).objectStore(STORE_NAME));
    // Another tab wants to upgrade or delete the database: what is being written is written, no more.
    database.onversionchange = ({ newVersion }) => {
      database.close();
      this.end.abort(newVersion === null ? cleared() : givenUp());
    };
    database.onclose = () => {
      this.end.abort(cleared());
    };
  }

  /** @errors version-mismatch, quota-exceeded, storage-unavailable */
  static async open(name: string): Promise<IdbStore> {
    if (typeof indexedDB === 'undefined') {
      throw new AppError('storage-unavailable', 'This browser offers no IndexedDB here.', {
        hint: 'Results are kept only until the page is closed: export what you need.',
      });
    }
    try {
      return new IdbStore(await openDatabase(name));
    } catch (cause) {
      throw storageError(cause, 'opening it');
    }
  }

  /** Aborts with the reason once the database was closed under us: it has to be opened anew. */
  get ended(): AbortSignal {
    return this.end.signal;
  }

  async getMany(keys: readonly string[]): Promise<readonly unknown[]> {
    try {
      return await getMany<unknown>([...keys], this.useStore);
    } catch (cause) {
      throw await this.readError(cause);
    }
  }

  async getPrefix(prefix: string): Promise<readonly unknown[]> {
    try {
      return await this.useStore('readonly', (store) =>
        promisifyRequest<unknown[]>(store.getAll(rangeOf(prefix))),
      );
    } catch (cause) {
      const error = await this.readError(cause);
      if (error.code !== 'checkpoint-corrupt') throw error;
      return this.readableOf(prefix);
    }
  }

  /** The values under a prefix, one by one: those that cannot be read are left out. */
  private async readableOf(prefix: string): Promise<readonly unknown[]> {
    const values: unknown[] = [];
    for (const key of await this.keysOf(prefix)) {
      try {
        values.push(...(await this.getMany([key])));
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'checkpoint-corrupt') throw error;
      }
    }
    return values;
  }

  /**
   * A value that cannot be read, because its file is gone or cut say, is damage of this value alone
   * as long as the database answers otherwise.
   */
  private async readError(cause: unknown): Promise<AppError> {
    const error = this.error(cause, 'reading');
    if (this.ended.aborted || error.code !== 'storage-unavailable') return error;
    try {
      // Keys only: no value has to be read for it.
      await this.useStore('readonly', (store) => promisifyRequest(store.count()));
    } catch {
      return this.error(cause, 'reading');
    }
    return new AppError(
      'checkpoint-corrupt',
      `A stored value cannot be read: ${reasonOf(cause)}.`,
      {
        hint: 'It was not loaded, others are not affected. Run again: only this one is made again.',
        cause,
      },
    );
  }

  async write(
    removePrefixes: readonly string[],
    entries: readonly (readonly [key: string, value: unknown])[],
  ): Promise<void> {
    try {
      const transaction = this.database.transaction(STORE_NAME, 'readwrite', {
        durability: 'strict',
      });
      const done = completed(transaction);
      try {
        const store = transaction.objectStore(STORE_NAME);
        for (const prefix of removePrefixes) store.delete(rangeOf(prefix));
        for (const [key, value] of entries) store.put(value, key);
        transaction.commit();
      } catch (cause) {
        // A value that cannot be cloned throws here, with earlier requests already queued.
        done.catch(() => undefined);
        transaction.abort();
        throw cause;
      }
      await done;
    } catch (cause) {
      throw this.error(cause, 'saving');
    }
  }

  async writeEach(
    removePrefixes: readonly string[],
    entries: AsyncIterable<readonly [key: string, value: unknown]>,
  ): Promise<void> {
    let removed = removePrefixes;
    let own: (readonly [key: string, value: unknown])[] = [];
    let bytes = 0;
    const put = async (): Promise<void> => {
      await this.write(removed, own);
      removed = [];
      own = [];
      bytes = 0;
    };
    try {
      for await (const entry of entries) {
        const size = sizeOf(entry[1]);
        if (own.length > 0 && bytes + size > TRANSACTION_BYTES) await put();
        own.push(entry);
        bytes += size;
      }
      await put();
    } catch (error) {
      // What was put lacks its mark. Where not even this works, `CheckpointStore.removeUnfinished` finds it.
      if (removed.length === 0) await this.write(removePrefixes, []).catch(() => undefined);
      throw error;
    }
  }

  /** All keys that start with `prefix`, in order. @errors storage-unavailable */
  async keysOf(prefix: string): Promise<readonly string[]> {
    try {
      const keys = await this.useStore('readonly', (store) =>
        promisifyRequest<IDBValidKey[]>(store.getAllKeys(rangeOf(prefix))),
      );
      return keys.map(String);
    } catch (cause) {
      throw this.error(cause, 'reading');
    }
  }

  close(): void {
    this.database.close();
  }

  /** What happens after the end happens because of it. */
  private error(cause: unknown, doing: string): AppError {
    return this.ended.aborted ? (this.ended.reason as AppError) : storageError(cause, doing);
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error
    ? `${cause.name}, ${cause.message}`.replace(/\.$/, '')
    : String(cause);
}

/** Of values that are large; others do not count. */
function sizeOf(value: unknown): number {
  return value instanceof Uint8Array ? value.length : 0;
}

/**
 * Only `complete` means saved. Not promisifyRequest: it also settles on the error event of a
 * single request, at which time the transaction does not yet know its error.
 */
function completed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => {
      resolve();
    };
    transaction.onabort = () => {
      reject(transaction.error ?? new DOMException('The transaction was aborted.', 'AbortError'));
    };
  });
}

function rangeOf(prefix: string): IDBKeyRange {
  return IDBKeyRange.bound(prefix, `${prefix}\uffff`);
}
