import 'fake-indexeddb/auto';
import { createStore, get, set } from 'idb-keyval';
import { expect, test } from 'vitest';
import { ArtefactStore } from '../../src/store/artefacts.ts';
import { openFileStore } from '../../src/store/files/open-file-store.ts';
import { STORE_NAME } from '../../src/store/open-database.ts';
import { freshFolder } from '../support/fresh-folder.ts';

const at = '2024-01-01T00:00:00Z';

test.each([
  ['IndexedDB', () => ArtefactStore.open('artefacts-1')],
  ['files', () => Promise.resolve(new ArtefactStore(openFileStore(freshFolder())))],
])('JSON with typed arrays comes back from %s, listed by kind', async (_, open) => {
  const store = await open();
  const ids = { levels: 3, codes: new Uint16Array([1, 2, 3]), names: ['x', null, true] };
  await store.put('a', 'semantic-ids', ids, at);
  await store.put('ab', 'results', [{ value: 0.25 }], at);
  expect((await store.get('a'))?.value).toEqual(ids);
  expect((await store.get('ab'))?.head).toMatchObject({ id: 'ab', kind: 'results', createdAt: at });
  expect((await store.list()).map(({ id }) => id)).toEqual(['a', 'ab']);
  expect((await store.list('results')).map(({ id }) => id)).toEqual(['ab']);
  await store.delete('a');
  expect(await store.has('a')).toBe(false);
  expect(await store.has('ab')).toBe(true);
  expect(await store.get('a')).toBeNull();
});

test('a changed value is found on reading', async () => {
  const store = await ArtefactStore.open('artefacts-2');
  await store.put('a', 'semantic-ids', { codes: new Uint16Array([1, 2, 3]) }, at);
  const raw = createStore('artefacts-2', STORE_NAME);
  for (const changed of [
    { codes: new Uint16Array([1, 2, 4]) },
    { codes: new Uint8Array([1, 0, 2, 0, 3, 0]) },
    { codes: [1, 2, 3] },
    undefined,
  ]) {
    await set('value/a/', changed, raw);
    await expect(store.get('a')).rejects.toMatchObject({ code: 'checkpoint-corrupt' });
  }
  expect(await get('head/a/', raw)).toMatchObject({ schema: 'mmgrid-artefact/2' });
});

test('NaN and values that are not JSON are refused', async () => {
  const store = await ArtefactStore.open('artefacts-3');
  for (const value of [NaN, { deep: [Infinity] }, new Map(), new Date(0)]) {
    await expect(store.put('a', 'rows', value, at)).rejects.toMatchObject({
      code: 'invalid-argument',
    });
  }
  expect(await store.has('a')).toBe(false);
});
