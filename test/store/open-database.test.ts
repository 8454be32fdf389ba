import 'fake-indexeddb/auto';
import { createStore, get, set, type UseStore } from 'idb-keyval';
import { describe, expect, test } from 'vitest';
import { ArtefactStore } from '../../src/store/artefacts.ts';
import { CalibrationStore } from '../../src/store/calibrations.ts';
import { CheckpointStore } from '../../src/store/checkpoints.ts';
import { DownloadStore } from '../../src/store/download-store.ts';
import { IdbStore } from '../../src/store/idb-store.ts';
import {
  MIGRATIONS,
  OLD_STORE_NAME,
  openDatabase,
  STORE_NAME,
  type Migration,
} from '../../src/store/open-database.ts';
import { openStores } from '../../src/store/open-stores.ts';

const BLOCKED_MS = 30;

let databases = 0;
const freshName = () => `opened-${String(++databases)}`;

/** A database as builds before versions left it, through the library that they opened it with. */
async function unversioned(name: string, rows: readonly (readonly [string, unknown])[]) {
  const old = createStore(name, OLD_STORE_NAME);
  for (const [key, value] of rows) await set(key, value, old);
  const database = await old('readonly', (store) => store.transaction.db);
  return { old, database };
}

/** Opens as a tab of any build that holds on to what it has. */
function holder(name: string, version?: number): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, version);
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(request.error ?? new Error('not opened'));
    };
  });
}

function deleted(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => {
      resolve();
    };
    request.onerror = () => {
      reject(request.error ?? new Error('not deleted'));
    };
  });
}

const ROWS = [
  ['manifest/a/', { schema: 'mmgrid-checkpoint/1', id: 'a' }],
  ['chunk/a/000000', new Uint8Array([1, 2, 3])],
] as const;

describe('a database', () => {
  test('that is new has the version of this build', async () => {
    const database = await openDatabase(freshName());
    expect(database.version).toBe(2);
    expect(MIGRATIONS).toHaveLength(2);
    expect([...database.objectStoreNames]).toEqual([STORE_NAME]);
    database.close();
  });

  test('of a build before versions is brought here with all its rows', async () => {
    const name = freshName();
    (await unversioned(name, ROWS)).database.close();
    const store = await IdbStore.open(name);
    expect(await store.keysOf('')).toEqual(['chunk/a/000000', 'manifest/a/']);
    expect(await store.getMany(ROWS.map(([key]) => key))).toEqual(ROWS.map(([, value]) => value));
    store.close();
    const database = await holder(name);
    expect([database.version, ...database.objectStoreNames]).toEqual([2, STORE_NAME]);
    database.close();
  });

  test('of every older version is brought to a later one by the steps that it lacks', async () => {
    const later: readonly Migration[] = [
      ...MIGRATIONS,
      (_, transaction) => {
        transaction.objectStore(STORE_NAME).put('from 2', 'step 3');
      },
      (database) => {
        database.createObjectStore('index');
      },
    ];
    for (let from = 0; from <= later.length; from++) {
      const name = freshName();
      if (from > 0) {
        const before = await openDatabase(name, later.slice(0, from));
        const [own = ''] = [...before.objectStoreNames].filter((one) => one !== 'index');
        const transaction = before.transaction(own, 'readwrite');
        transaction.objectStore(own).put(from, 'kept');
        await new Promise((resolve) => (transaction.oncomplete = resolve));
        before.close();
      }
      const database = await openDatabase(name, later);
      expect(database.version).toBe(4);
      expect([...database.objectStoreNames]).toEqual(['index', STORE_NAME]);
      const store = (mode: IDBTransactionMode) =>
        database.transaction(STORE_NAME, mode).objectStore(STORE_NAME);
      const use: UseStore = (mode, callback) => Promise.resolve(callback(store(mode)));
      expect(await get('kept', use)).toBe(from === 0 ? undefined : from);
      expect(await get('step 3', use)).toBe('from 2');
      database.close();
    }
  });

  test('whose migration fails half way is as it was', async () => {
    const name = freshName();
    (await unversioned(name, ROWS)).database.close();
    const failing: readonly Migration[] = [
      ...MIGRATIONS,
      (_, transaction) => {
        transaction.objectStore(STORE_NAME).clear();
        throw new Error('power went');
      },
    ];
    await expect(openDatabase(name, failing)).rejects.toMatchObject({
      code: 'storage-unavailable',
      details: { reason: 'Error: power went' },
    });
    const { old, database } = await unversioned(name, []);
    expect(database.version).toBe(1);
    expect(await get('chunk/a/000000', old)).toEqual(new Uint8Array([1, 2, 3]));
    database.close();
    expect(await (await IdbStore.open(name)).keysOf('')).toHaveLength(2);
  });

  test('of a newer build is refused with a sentence, and nothing in it is touched', async () => {
    const name = freshName();
    const newer = await openDatabase(`${name}-checkpoints`, [...MIGRATIONS, () => undefined]);
    newer.close();
    const refusal = {
      code: 'version-mismatch',
      message: 'A newer version of this app wrote the storage.',
      hint: 'Nothing was read or changed. Reload the page to get the newer version.',
    };
    await expect(openStores(name)).rejects.toMatchObject(refusal);
    for (const store of [CheckpointStore, ArtefactStore, DownloadStore, CalibrationStore]) {
      await expect(store.open(`${name}-checkpoints`)).rejects.toMatchObject(refusal);
    }
    const after = await holder(`${name}-checkpoints`);
    expect([after.version, ...after.objectStoreNames]).toEqual([3, STORE_NAME]);
  });

  test('is left alone by a build before versions', async () => {
    const name = freshName();
    const store = await IdbStore.open(name);
    await store.write([], [['a', 1]]);
    const old = createStore(name, OLD_STORE_NAME);
    await expect(set('a', 2, old)).rejects.toThrow(/store|found/i);
    await expect(get('a', old)).rejects.toThrow(/store|found/i);
    expect(await store.getMany(['a'])).toEqual([1]);
  });
});

describe('another tab', () => {
  test('of an older build that does not make way: told, and nothing happens later', async () => {
    const name = freshName();
    const { database: held } = await unversioned(name, ROWS);
    await expect(openDatabase(name, MIGRATIONS, BLOCKED_MS)).rejects.toMatchObject({
      code: 'version-mismatch',
      message: expect.stringContaining('older version') as string,
      hint: expect.stringContaining('Close the other tabs') as string,
    });
    held.close();
    // The upgrade that was given up must not come through now.
    const { database } = await unversioned(name, []);
    expect([database.version, ...database.objectStoreNames]).toEqual([1, OLD_STORE_NAME]);
    database.close();
    expect(await (await IdbStore.open(name)).keysOf('')).toHaveLength(2);
  });

  test('that makes way in time is waited for', async () => {
    const name = freshName();
    const { database: held } = await unversioned(name, ROWS);
    const opening = openDatabase(name, MIGRATIONS, 60_000);
    await new Promise((resolve) => setTimeout(resolve, 5));
    held.close();
    expect((await opening).version).toBe(2);
  });

  test('of a newer build takes over: what was being written is, then all is refused', async () => {
    const name = freshName();
    const store = await IdbStore.open(name);
    expect(store.ended.aborted).toBe(false);
    const writing = store.write([], [['last', 1]]);
    const newer = await openDatabase(name, [...MIGRATIONS, () => undefined]);
    await writing;
    const refusal = {
      code: 'version-mismatch',
      message: expect.stringContaining('taken over the storage') as string,
      hint: expect.stringContaining('Reload this page') as string,
    };
    expect(store.ended.reason).toMatchObject(refusal);
    await expect(store.getMany(['last'])).rejects.toMatchObject(refusal);
    await expect(store.getPrefix('')).rejects.toMatchObject(refusal);
    await expect(store.keysOf('')).rejects.toMatchObject(refusal);
    await expect(store.write([], [['a', 1]])).rejects.toMatchObject(refusal);
    expect([...newer.objectStoreNames]).toEqual([STORE_NAME]);
    newer.close();
  });

  test('or a hand that deletes the database: told; opened again it is a new one', async () => {
    const name = freshName();
    const stores = await openStores(name);
    await stores.artefacts.put('a', 'rows', [1], '');
    await deleted(`${name}-artefacts`);
    expect(stores.ended.reason).toMatchObject({
      code: 'storage-unavailable',
      message: expect.stringContaining('deleted or closed') as string,
    });
    await expect(stores.artefacts.get('a')).rejects.toBe(stores.ended.reason);
    const again = await openStores(name);
    expect(again.ended.aborted).toBe(false);
    expect(await again.artefacts.get('a')).toBeNull();
  });
});
