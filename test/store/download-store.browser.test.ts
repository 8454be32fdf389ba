import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { crc32 } from '../../src/core/crc32.ts';
import { DownloadStore } from '../../src/store/download-store.ts';

const NAME = 'mmgrid-test-downloads';
const KEY = 'https://hub.example/org/tiny/resolve/abc/model.safetensors';

async function deleted(): Promise<void> {
  await new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(NAME);
    request.onsuccess = resolve;
    request.onerror = reject;
  });
}

let store: DownloadStore;
beforeEach(async () => {
  await deleted();
  store = await DownloadStore.open(NAME);
});
afterEach(async () => {
  store.close();
  await deleted();
});

const FILE = { size: 25, etag: '"v1"', sha256: null, chunkBytes: 10, verified: false };

/** Eleven chunks, so that the order of keys is not that of their numbers by chance. */
async function keep(key: string, size: number): Promise<void> {
  const { chunkBytes } = FILE;
  for (let index = 0; index * chunkBytes < size; index++) {
    const kept = Math.min(size, (index + 1) * chunkBytes);
    const bytes = Uint8Array.from({ length: kept - index * chunkBytes }, (_, i) => 10 * index + i);
    await store.append(key, index, bytes, { ...FILE, size, kept });
  }
}

describe('downloads in the browser’s storage', () => {
  it('come back as one file, in order, after the database was closed', async () => {
    await keep(KEY, 105);
    await keep(`${KEY}.index.json`, 7);
    store.close();
    store = await DownloadStore.open(NAME);
    const bytes = new Uint8Array(await (await store.blob(KEY)).arrayBuffer());
    expect([...bytes]).toEqual(Array.from({ length: 105 }, (_, index) => index));
    expect([...(await store.chunk(KEY, 10))]).toEqual([100, 101, 102, 103, 104]);
    expect((await store.list()).map(({ key, kept }) => [key, kept])).toEqual([
      [KEY, 105],
      [`${KEY}.index.json`, 7],
    ]);
  });

  it('a part is no file; verified and removed are remembered', async () => {
    await store.append(KEY, 0, new Uint8Array(10), { ...FILE, kept: 10 });
    expect(await store.find(KEY)).toMatchObject({ kept: 10, verified: false });
    await expect(store.blob(KEY)).rejects.toMatchObject({ code: 'data-missing' });
    await expect(store.chunk(KEY, 1)).rejects.toMatchObject({ code: 'data-missing' });
    await store.setVerified(KEY);
    expect(await store.find(KEY)).toMatchObject({ verified: true });
    await keep(`${KEY}.index.json`, 7);
    await store.remove(KEY);
    expect(await store.find(KEY)).toBeNull();
    await expect(store.chunk(KEY, 0)).rejects.toMatchObject({ code: 'data-missing' });
    expect(await store.list()).toHaveLength(1);
  });

  it('a chunk that is not what was kept is no file; it goes, so that it comes anew', async () => {
    const bytes = Uint8Array.from({ length: 10 }, (_, i) => i);
    const file = { ...FILE, size: 10, kept: 10 };
    await store.append(KEY, 0, bytes, { ...file, sums: [crc32(bytes)] });
    expect((await store.blob(KEY)).size).toBe(10);
    await store.append(
      KEY,
      0,
      bytes.map((value) => value ^ 1),
      { ...file, sums: [crc32(bytes)] },
    );
    await expect(store.blob(KEY)).rejects.toMatchObject({ code: 'checksum-mismatch' });
    expect(await store.find(KEY)).toBeNull();
  });
});
