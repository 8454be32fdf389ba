import { AppError } from '../core/errors.ts';
import { storageError } from './storage-error.ts';

/** Brings a database from one version to the next, inside of the transaction that does so. */
export type Migration = (database: IDBDatabase, transaction: IDBTransaction) => void;

/** The one object store of a database. */
export const STORE_NAME = 'rows';
/** Its name in databases of version 1, which builds without versions made and open at any version. */
export const OLD_STORE_NAME = 'values';

/**
 * How databases came to their present form: the step at place n leads from version n to n + 1, and 0
 * is none at all. A step is never changed once it was released.
 *
 * From 1 to 2 descriptions got hashes. A build without versions would take those for damage and
 * write its own over them; it does not find a store of another name, and leaves all as it is.
 */
export const MIGRATIONS: readonly Migration[] = [
  (database) => {
    database.createObjectStore(OLD_STORE_NAME);
  },
  (_, transaction) => {
    transaction.objectStore(OLD_STORE_NAME).name = STORE_NAME;
  },
];

/** How long another tab has to make way; one that runs in the background may be slow. */
const BLOCKED_MS = 10_000;

/**
 * Opens a database at the version of this build, after bringing an older one there: all steps or
 * none, whenever the page is closed.
 * @errors version-mismatch when a newer build wrote it, or a tab of an older one does not make way:
 *   nothing is read or written then; quota-exceeded, storage-unavailable
 */
export function openDatabase(
  name: string,
  migrations: readonly Migration[] = MIGRATIONS,
  blockedMs = BLOCKED_MS,
): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, migrations.length);
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isGivenUp = false;
    let fault: unknown = null;
    request.onupgradeneeded = ({ oldVersion }) => {
      const { result, transaction } = request;
      if (transaction === null) return;
      try {
        for (const step of migrations.slice(oldVersion)) step(result, transaction);
        if (isGivenUp) transaction.abort();
      } catch (cause) {
        fault = cause;
        transaction.abort();
      }
    };
    request.onblocked = () => {
      timer = setTimeout(() => {
        isGivenUp = true;
        reject(blocked());
      }, blockedMs);
    };
    request.onsuccess = () => {
      clearTimeout(timer);
      if (isGivenUp) request.result.close();
      else resolve(request.result);
    };
    request.onerror = () => {
      clearTimeout(timer);
      reject(storageError(fault ?? request.error, 'opening it'));
    };
  });
}

function blocked(): AppError {
  return new AppError(
    'version-mismatch',
    'Another tab of this app, of an older version, keeps the storage open.',
    { hint: 'Nothing was changed. Close the other tabs of this app, then reload this page.' },
  );
}
