import { createStore, getMany, promisifyRequest } from 'idb-keyval';
import type { UseStore } from 'idb-keyval';
import { AppError } from '../core/errors.ts';
import type { KeyValueStore } from './key-value.ts';
import { storageError } from './storage-error.ts';

const STORE_NAME = 'values';

/** Bytes of one transaction of `writeEach`: all of them are in memory until it is complete. */
export const TRANSACTION_BYTES = 256 * 2 ** 20;

/**
 * One IndexedDB database with one object store, opened and read through idb-keyval.
 *
 * Writes do not go through it: its transactions have the default durability, which Chromium may
 * acknowledge before the data are on disk. A transaction reveals its database, so writes open
 * their own `strict` one there and resolve on `complete`.
 */
export class IdbStore implements KeyValueStore {
  private readonly useStore: UseStore;
  private readonly database: IDBDatabase;

  private constructor(useStore: UseStore, database: IDBDatabase) {
    this.useStore = useStore;
    this.database = database;
    // Another tab wants to delete or upgrade the database: stay out of its way.
    database.onversionchange = () => {
      database.close();
    };
  }

  /** @errors storage-unavailable */
  static async open(name: string): Promise<IdbStore> {
    if (typeof indexedDB === 'undefined') {
      throw new AppError('storage-unavailable', 'This browser offers no IndexedDB here.', {
        hint: 'Results are kept only until the page is closed: export what you need.',
      });
    }
    const useStore = createStore(name, STORE_NAME);
    try {
      const database = await useStore('readonly', (store) => store.transaction.db);
      return new IdbStore(useStore, database);
    } catch (cause) {
      throw storageError(cause, 'opening it');
    }
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
    const error = storageError(cause, 'reading');
    if (error.code !== 'storage-unavailable') return error;
    try {
      // Keys only: no value has to be read for it.
      await this.useStore('readonly', (store) => promisifyRequest(store.count()));
    } catch {
      return error;
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
      throw storageError(cause, 'saving');
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
      throw storageError(cause, 'reading');
    }
  }

  close(): void {
    this.database.close();
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
