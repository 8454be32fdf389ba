import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/core/errors.ts';
import { openFileStore } from '../../src/store/files/open-file-store.ts';
import type { KeyValueStore } from '../../src/store/key-value.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { SnapshotStore, type SnapshotSource } from '../../src/store/snapshots.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const STORES: Readonly<Record<string, () => KeyValueStore>> = {
  memory: () => new MemoryStore(),
  files: () => {
    const folder = mkdtempSync(join(tmpdir(), 'mmgrid-snapshots-'));
    folders.push(folder);
    return openFileStore(folder);
  },
};

/** Every pattern of bits is kept: a moment may be -0 or tiny, a loss anything. */
const weights = (seed: number) => Float32Array.of(seed, -0, 1e-42, Infinity);
const curve = (seed: number) => Float64Array.of(seed, NaN, -0, 0.1);
const sources = (seed: number): SnapshotSource[] => [
  { name: 'weights', read: () => Promise.resolve(weights(seed)) },
  { name: 'curve', read: () => curve(seed) },
  { name: 'none', read: () => new Float64Array() },
];

describe.each(Object.entries(STORES))('snapshots in %s', (_, open) => {
  it('give back what was put last, and only that is there', async () => {
    const store = open();
    const snapshots = new SnapshotStore(store);
    expect(await snapshots.get('job')).toBeNull();
    for (const seed of [1, 2, 3]) {
      await snapshots.put('job', { seed, none: NaN }, sources(seed));
      const found = await snapshots.get('job');
      expect(found?.facts).toEqual({ seed, none: NaN });
      expect(await found?.values('weights')).toEqual(weights(seed));
      expect(await found?.values('curve')).toEqual(curve(seed));
      expect(await found?.values('none')).toEqual(new Float64Array());
      expect(await snapshots.list()).toMatchObject([{ id: 'job', sizeBytes: 48 }]);
    }
    await expect((await snapshots.get('job'))?.values('other')).rejects.toMatchObject({
      code: 'checkpoint-corrupt',
    });
    await snapshots.put('other', { seed: 9 }, sources(9));
    await snapshots.remove('job');
    expect(await snapshots.has('job')).toBe(false);
    expect(await snapshots.get('job')).toBeNull();
    expect((await snapshots.get('other'))?.facts).toEqual({ seed: 9 });
  });

  it('keep the one before where the next fails on the way', async () => {
    const snapshots = new SnapshotStore(open());
    await snapshots.put('job', { seed: 1 }, sources(1));
    const lost = new AppError('device-lost', 'The GPU is gone.');
    const broken = [...sources(2), { name: 'm', read: () => Promise.reject(lost) }];
    await expect(snapshots.put('job', { seed: 2 }, broken)).rejects.toBe(lost);
    const found = await snapshots.get('job');
    expect(found?.facts).toEqual({ seed: 1 });
    expect(await found?.values('weights')).toEqual(weights(1));
    await snapshots.put('job', { seed: 3 }, sources(3));
    expect((await snapshots.get('job'))?.facts).toEqual({ seed: 3 });
  });
});

describe('a snapshot', () => {
  it('is the newer one where a process died before it deleted the older', async () => {
    const store = new MemoryStore();
    const write = store.write.bind(store);
    const snapshots = new SnapshotStore(store);
    await snapshots.put('job', { seed: 1 }, sources(1));
    store.write = (prefixes, entries) =>
      entries.length === 0 ? Promise.reject(new Error('killed')) : write(prefixes, entries);
    await expect(snapshots.put('job', { seed: 2 }, sources(2))).rejects.toThrow('killed');
    store.write = write;
    expect((await snapshots.get('job'))?.facts).toEqual({ seed: 2 });
    await snapshots.put('job', { seed: 3 }, sources(3));
    expect((await snapshots.get('job'))?.facts).toEqual({ seed: 3 });
    expect(await snapshots.list()).toHaveLength(1);
  });

  it('in parts is the same array, and every part is checked', async () => {
    const store = new MemoryStore();
    const snapshots = new SnapshotStore(store);
    // One part and a bit: 16 MiB and 12 bytes.
    const values = new Float32Array(4 * 2 ** 20 + 3).fill(0.5);
    values.set([1, 2, 3], values.length - 3);
    await snapshots.put('job', {}, [{ name: 'weights', read: () => values }]);
    expect(await (await snapshots.get('job'))?.values('weights')).toEqual(values);
    await store.write([], [['part/job~0/000001', new Uint8Array(12)]]);
    await expect(snapshots.get('job')).rejects.toMatchObject({
      code: 'checkpoint-corrupt',
      message: 'A snapshot is damaged: a part has another SHA-256.',
    });
    await store.write(['part/job~0/000001'], []);
    await expect(snapshots.get('job')).rejects.toThrow('a part is missing or has another size');
    // The next one takes its place.
    await snapshots.put('job', { seed: 2 }, sources(2));
    expect((await snapshots.get('job'))?.facts).toEqual({ seed: 2 });
  });

  it.each([null, 5, {}, { schema: 'mmgrid-snapshot/1', id: 'other', serial: 1 }])(
    'with the mark %j is damaged',
    async (mark) => {
      const store = new MemoryStore();
      const snapshots = new SnapshotStore(store);
      await store.write([], [['snapshot/job~0/', mark]]);
      await expect(snapshots.get('job')).rejects.toMatchObject({ code: 'checkpoint-corrupt' });
      expect(await snapshots.list()).toEqual([]);
      await snapshots.remove('job');
      expect(await snapshots.get('job')).toBeNull();
    },
  );

  it('whose mark never came is cleared away, others stay', async () => {
    const store = new MemoryStore();
    const snapshots = new SnapshotStore(store);
    await snapshots.put('job', { seed: 1 }, sources(1));
    await store.write([], [['part/gone~1/000000', new Uint8Array(4)]]);
    const keys = ['part/gone~1/000000', 'part/job~0/000000', 'snapshot/job~0/'];
    await snapshots.removeUnfinished((prefix) =>
      Promise.resolve(keys.filter((key) => key.startsWith(prefix))),
    );
    expect(await store.getMany(['part/gone~1/000000'])).toEqual([undefined]);
    expect((await snapshots.get('job'))?.facts).toEqual({ seed: 1 });
  });

  it('of files leaves nothing behind when it is removed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mmgrid-snapshots-'));
    folders.push(folder);
    const snapshots = new SnapshotStore(openFileStore(folder));
    await snapshots.put('job', {}, sources(1));
    await snapshots.put('job', {}, sources(2));
    expect(readdirSync(join(folder, 'jobs'))).toEqual(['job~1']);
    await snapshots.remove('job');
    expect(readdirSync(join(folder, 'jobs'))).toEqual([]);
    expect(readdirSync(join(folder, 'temp'))).toEqual([]);
  });
});
