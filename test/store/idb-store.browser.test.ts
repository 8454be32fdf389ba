import { expect, test, vi } from 'vitest';
import { layoutOf } from '../../src/core/layout.ts';
import { CheckpointStore } from '../../src/store/checkpoints.ts';
import { IdbStore } from '../../src/store/idb-store.ts';
import { openStores } from '../../src/store/open-stores.ts';
import { acquireWriterLock } from '../../src/store/writer-lock.ts';

test('the browser runs the write as a strict transaction and keeps it after reopening', async () => {
  const opened = vi.spyOn(IDBDatabase.prototype, 'transaction');
  const name = `browser-${crypto.randomUUID()}`;
  const layout = layoutOf([[{ name: 'w', shape: [6 * 2 ** 20] }]]);
  const arena = Float32Array.from({ length: layout.length }, (_, index) => index % 1000);
  const store = await CheckpointStore.open(name);
  await store.put(
    'a',
    { name: 'a', layout, config: {}, createdAt: '2024-01-01T00:00:00Z', meta: {} },
    arena,
  );
  const written = opened.mock.results
    .map(({ value }) => value as IDBTransaction)
    .filter(({ mode }) => mode === 'readwrite');
  expect(written.map(({ durability }) => durability)).toEqual(['strict']);
  opened.mockRestore();
  store.close();

  const again = await CheckpointStore.open(name);
  const found = await again.get('a');
  expect(found?.manifest.chunks).toHaveLength(2);
  // Not toEqual: comparing six million elements its way takes most of a minute.
  expect(found?.arena.every((value, index) => value === index % 1000)).toBe(true);
  again.close();
  indexedDB.deleteDatabase(name);
});

test('a value that cannot be stored leaves nothing behind', async () => {
  const name = `browser-${crypto.randomUUID()}`;
  const store = await IdbStore.open(name);
  await store.write([], [['a', 1]]);
  await expect(
    store.write(
      ['a'],
      [
        ['b', 2],
        ['c', () => undefined],
      ],
    ),
  ).rejects.toMatchObject({ code: 'storage-unavailable' });
  expect(await store.getMany(['a', 'b'])).toEqual([1, undefined]);
  store.close();
  indexedDB.deleteDatabase(name);
});

test('one writer at a time; a stolen lock says so', async () => {
  const name = `lock-${crypto.randomUUID()}`;
  const first = await acquireWriterLock(false, name);
  expect(first).not.toBeNull();
  expect(await acquireWriterLock(false, name)).toBeNull();
  first?.release();
  await vi.waitFor(async () => {
    const next = await acquireWriterLock(false, name);
    expect(next).not.toBeNull();
    const thief = await acquireWriterLock(true, name);
    expect(thief).not.toBeNull();
    await vi.waitFor(() => {
      expect(next?.signal.reason).toMatchObject({ code: 'lock-lost' });
    });
    expect(thief?.signal.aborted).toBe(false);
    thief?.release();
  });
});

test('a browser whose database is gone tells how much it held', async () => {
  const name = `witness-${crypto.randomUUID()}`;
  const stores = await openStores(name);
  await stores.artefacts.put('a', 'rows', [1], '');
  await stores.artefacts.put('b', 'rows', [2], '');
  await stores.artefacts.delete('b');
  stores.checkpoints.close();
  stores.artefacts.close();
  expect((await openStores(name)).notice()).toBe('');
  const ended = await openStores(name);
  await new Promise((resolve) => {
    indexedDB.deleteDatabase(`${name}-artefacts`).onsuccess = resolve;
  });
  // Deleted under us: told at once, and by the next opening.
  expect(ended.ended.reason).toMatchObject({ code: 'storage-unavailable' });
  const again = await openStores(name);
  expect(again.notice()).toMatch(/^Warning: 1 result that was stored here/);
  await again.tidy();
  expect((await openStores(name)).notice()).toBe('');
  const root = await navigator.storage.getDirectory();
  for (const kind of ['checkpoints', 'artefacts']) {
    indexedDB.deleteDatabase(`${name}-${kind}`);
    await root.removeEntry(`${name}-${kind}`, { recursive: true });
  }
});
