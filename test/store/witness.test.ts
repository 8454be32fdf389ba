import 'fake-indexeddb/auto';
import { expect, test } from 'vitest';
import { layoutOf } from '../../src/core/layout.ts';
import { IdbStore } from '../../src/store/idb-store.ts';
import { openStores, type Stores } from '../../src/store/open-stores.ts';
import type { Witness } from '../../src/store/witness.ts';

const layout = layoutOf([[{ name: 'w', shape: [64] }]]);
const info = { name: 'a', layout, config: {}, createdAt: '', meta: {} };

/** A witness in memory that outlives the databases, as the browser's files do. */
function witnesses() {
  const all = new Map<string, Set<string>>();
  const open = (name: string): Promise<Witness> => {
    const ids = all.get(name) ?? new Set();
    all.set(name, ids);
    return Promise.resolve({
      ids: () => Promise.resolve([...ids]),
      add: (id) => Promise.resolve(void ids.add(id)),
      remove: (id) => Promise.resolve(void ids.delete(id)),
    });
  };
  return { all, open };
}

async function filled(stores: Stores): Promise<void> {
  await stores.checkpoints.put('one', info, new Float32Array(64));
  await stores.checkpoints.put('two', info, new Float32Array(64));
  await stores.artefacts.put('three', 'rows', [1], '');
  await stores.artefacts.put('four', 'rows', [1], '');
}

function deleted(name: string): Promise<void> {
  return new Promise((resolve) => {
    indexedDB.deleteDatabase(name).onsuccess = () => {
      resolve();
    };
  });
}

test('a database that the browser dropped is told, until a run has begun to make it again', async () => {
  const { all, open } = witnesses();
  const first = await openStores('dropped', open);
  await filled(first);
  expect(first.notice()).toBe('');
  expect([...(all.get('dropped-checkpoints') ?? [])]).toEqual(['one', 'two']);
  expect([...(all.get('dropped-artefacts') ?? [])]).toEqual(['three', 'four']);

  await deleted('dropped-checkpoints');
  const second = await openStores('dropped', open);
  expect(second.notice()).toMatch(/^Warning: 2 results that were stored here can no longer be/);
  expect(await second.artefacts.has('three')).toBe(true);
  // A page that was only looked at leaves it to be told again.
  expect((await openStores('dropped', open)).notice()).toBe(second.notice());
  await second.tidy();
  expect(second.notice()).toBe('');
  await second.checkpoints.put('one', info, new Float32Array(64));
  expect((await openStores('dropped', open)).notice()).toBe('');
});

test('a part of a database that is gone is told', async () => {
  const { open } = witnesses();
  await filled(await openStores('half', open));
  const raw = await IdbStore.open('half-artefacts');
  await raw.write(['head/four/', 'value/four/'], []);
  expect((await openStores('half', open)).notice()).toMatch(/^Warning: 1 result that was stored/);
});

test('what was deleted on purpose, replaced or never finished is no loss', async () => {
  const { all, open } = witnesses();
  const stores = await openStores('deleted', open);
  await filled(stores);
  await stores.checkpoints.delete('one');
  await stores.artefacts.delete('three');
  await stores.checkpoints.put('two', info, new Float32Array(64));
  const failing = { length: 64, read: () => Promise.reject(new Error('gone')) };
  await expect(stores.checkpoints.put('five', info, failing)).rejects.toThrow('gone');
  expect([...(all.get('deleted-checkpoints') ?? [])]).toEqual(['two']);
  expect([...(all.get('deleted-artefacts') ?? [])]).toEqual(['four']);
  expect((await openStores('deleted', open)).notice()).toBe('');
});

test('a witness that fails keeps nothing from being stored and says nothing', async () => {
  const fail = () => Promise.reject(new Error('no space'));
  const open = () => Promise.resolve({ ids: fail, add: fail, remove: fail });
  const stores = await openStores('mute', open);
  await filled(stores);
  await stores.artefacts.delete('four');
  expect(stores.notice()).toBe('');
  expect(await stores.artefacts.has('three')).toBe(true);
});

test('results of before there were witnesses are no loss', async () => {
  const without = await openStores('older', () => Promise.resolve(null));
  await filled(without);
  expect((await openStores('older', witnesses().open)).notice()).toBe('');
});
