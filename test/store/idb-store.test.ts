import 'fake-indexeddb/auto';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { layoutOf } from '../../src/core/layout.ts';
import { IdbStore, TRANSACTION_BYTES } from '../../src/store/idb-store.ts';
import { openStores } from '../../src/store/open-stores.ts';
import { storageError } from '../../src/store/storage-error.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

async function* each(
  entries: readonly (readonly [string, unknown])[],
  end?: Error,
): AsyncGenerator<readonly [string, unknown]> {
  await Promise.resolve();
  yield* entries;
  if (end !== undefined) throw end;
}

describe('IdbStore', () => {
  test('writes everything or nothing', async () => {
    const store = await IdbStore.open('atomic');
    await store.write([], [['a', 1]]);
    const failing = store.write(
      ['a'],
      [
        ['b', 2],
        ['c', () => 'functions cannot be stored'],
      ],
    );
    await expect(failing).rejects.toMatchObject({ code: 'storage-unavailable' });
    expect(await store.getMany(['a', 'b', 'c'])).toEqual([1, undefined, undefined]);
  });

  test('asks for a strict transaction', async () => {
    const store = await IdbStore.open('strict');
    const open = vi.spyOn(IDBDatabase.prototype, 'transaction');
    await store.write([], [['a', 1]]);
    expect(open).toHaveBeenCalledWith('rows', 'readwrite', { durability: 'strict' });
  });

  test('prefixes select whole keys only', async () => {
    const store = await IdbStore.open('prefix');
    await store.write(
      [],
      [
        ['p/1', 1],
        ['p/2', 2],
        ['q/1', 3],
      ],
    );
    expect(await store.getPrefix('p/')).toEqual([1, 2]);
    await store.write(['p/'], []);
    expect(await store.getPrefix('')).toEqual([3]);
  });

  test('large entries go in several transactions; the last of them is the mark', async () => {
    const store = await IdbStore.open('each');
    await store.write([], [['c/a/old', 0]]);
    const transactions = vi.spyOn(IDBDatabase.prototype, 'transaction');
    const large = new Uint8Array(TRANSACTION_BYTES / 2);
    await store.writeEach(
      ['c/a/'],
      each([
        ['c/a/1', large],
        ['c/a/2', large],
        ['c/a/3', large],
        ['m/a/', 'mark'],
      ]),
    );
    expect(transactions).toHaveBeenCalledTimes(2);
    expect(await store.keysOf('')).toEqual(['c/a/1', 'c/a/2', 'c/a/3', 'm/a/']);
    expect(await store.keysOf('c/')).toEqual(['c/a/1', 'c/a/2', 'c/a/3']);
  });

  test('entries that end in an error leave nothing, in one transaction the old ones', async () => {
    const store = await IdbStore.open('each-fails');
    await store.write([], [['c/a/old', 0]]);
    const small = store.writeEach(['c/a/'], each([['c/a/1', 1]], new Error('gone')));
    await expect(small).rejects.toThrow('gone');
    expect(await store.keysOf('')).toEqual(['c/a/old']);
    const large = new Uint8Array(TRANSACTION_BYTES / 2);
    const entries = each(
      [
        ['c/a/1', large],
        ['c/a/2', large],
        ['c/a/3', large],
      ],
      new Error('gone'),
    );
    await expect(store.writeEach(['c/a/'], entries)).rejects.toThrow('gone');
    expect(await store.keysOf('')).toEqual([]);
  });

  test('parts of a checkpoint without its manifest are found and removed', async () => {
    const { checkpoints, tidy } = await openStores('unfinished');
    const layout = layoutOf([[{ name: 'w', shape: [64] }]]);
    const info = { name: 'a', layout, config: {}, createdAt: '', meta: {} };
    await checkpoints.put('whole', info, new Float32Array(64));
    const raw = await IdbStore.open('unfinished-checkpoints');
    await raw.write([], [['chunk/torn/000000', new Uint8Array(8)]]);
    await tidy();
    expect(await raw.keysOf('')).toEqual(['chunk/whole/000000', 'manifest/whole/']);
  });

  test('a quota failure of the transaction becomes quota-exceeded', async () => {
    const store = await IdbStore.open('quota');
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
      throw new DOMException('full', 'QuotaExceededError');
    });
    await expect(store.write([], [['a', 1]])).rejects.toMatchObject({ code: 'quota-exceeded' });
  });

  test('a closed database rejects instead of hanging', async () => {
    const store = await IdbStore.open('closed');
    store.close();
    await expect(store.write([], [['a', 1]])).rejects.toMatchObject({
      code: 'storage-unavailable',
    });
    await expect(store.getMany(['a'])).rejects.toMatchObject({ code: 'storage-unavailable' });
  });
});

describe('openStores', () => {
  test('falls back to memory and says so where there is no IndexedDB', async () => {
    vi.stubGlobal('indexedDB', undefined);
    const stores = await openStores();
    expect(stores.persistent).toBe(false);
    expect(stores.notice()).toContain('Nothing is kept');
    await stores.artefacts.put('a', 'rows', [1], '2024-01-01T00:00:00Z');
    expect((await stores.artefacts.get('a'))?.value).toEqual([1]);
  });

  test('two openings see the same data', async () => {
    const first = await openStores('shared');
    await first.artefacts.put('a', 'rows', { x: 1 }, '2024-01-01T00:00:00Z');
    const second = await openStores('shared');
    expect(second.persistent).toBe(true);
    expect((await second.artefacts.get('a'))?.value).toEqual({ x: 1 });
  });
});

test('errors are told apart by name', () => {
  const quota = Object.assign(new Error('full'), { name: 'QuotaExceededError' });
  expect(storageError(quota, 'saving').code).toBe('quota-exceeded');
  expect(storageError(new DOMException('x', 'VersionError'), 'opening').message).toMatch(/newer/);
  expect(storageError(new DOMException('x', 'UnknownError'), 'saving').code).toBe(
    'storage-unavailable',
  );
});
