import 'fake-indexeddb/auto';
import { createStore, get, keys, set } from 'idb-keyval';
import { describe, expect, test } from 'vitest';
import { arenaSource } from '../../src/core/arena-source.ts';
import { layoutOf } from '../../src/core/layout.ts';
import { CHUNK_LENGTH, type CheckpointInfo } from '../../src/store/checkpoint-manifest.ts';
import { CheckpointStore } from '../../src/store/checkpoints.ts';
import { openFileStore } from '../../src/store/files/open-file-store.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { STORE_NAME } from '../../src/store/open-database.ts';
import { freshFolder } from '../support/fresh-folder.ts';

const layout = layoutOf([[{ name: 'w', shape: [10, 13] }], [{ name: 'b', shape: [5] }]]);

function infoOf(name: string): CheckpointInfo {
  return {
    name,
    layout,
    config: { hidden_size: 13 },
    createdAt: '2024-01-02T03:04:05.000Z',
    meta: { steps: 3 },
  };
}

function arenaOf(seed: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: layout.length }, (_, index) => Math.sin(seed + index));
}

let databases = 0;
function freshName(): string {
  databases += 1;
  return `test-checkpoints-${String(databases)}`;
}

describe.each([
  ['IndexedDB', () => CheckpointStore.open(freshName())],
  ['memory', () => Promise.resolve(new CheckpointStore(new MemoryStore()))],
  ['files', () => Promise.resolve(new CheckpointStore(openFileStore(freshFolder())))],
])('checkpoints in %s', (_kind, open) => {
  test('come back bit for bit, with their manifest', async () => {
    const store = await open();
    const arena = arenaOf(1);
    await store.put('a1', infoOf('Office/phase1'), arena);
    const found = await store.get('a1');
    expect(found?.arena).toEqual(arena);
    expect(found?.manifest).toMatchObject({
      schema: 'mmgrid-checkpoint/2',
      id: 'a1',
      name: 'Office/phase1',
      sizeBytes: layout.length * 4,
      config: { hidden_size: 13 },
      meta: { steps: 3 },
    });
    expect(found?.manifest.chunks).toHaveLength(1);
  });

  test('what is bfloat16 is stored so, chunk by chunk, and comes back bit for bit', async () => {
    const store = await open();
    const big = layoutOf([[{ name: 'w', shape: [2 * CHUNK_LENGTH + 64] }]]);
    const arena = new Float32Array(big.length);
    // `Float32Array.from` takes seconds for so many.
    for (let i = 0; i < arena.length; i++) arena[i] = (i % 509) / 128 - 2;
    arena[3] = -0;
    arena[CHUNK_LENGTH + 5] = 1 + 2 ** -20;
    arena[2 * CHUNK_LENGTH] = -(2 ** -130);
    const { chunks, sizeBytes } = await store.put('a', { ...infoOf('a'), layout: big }, arena);
    expect(chunks.map(({ bytes, type }) => [bytes, type])).toEqual([
      [2 * CHUNK_LENGTH, 'BF16'],
      [4 * CHUNK_LENGTH, undefined],
      [2 * 64, 'BF16'],
    ]);
    expect(sizeBytes).toBe(6 * CHUNK_LENGTH + 128);
    const bits = (values: Float32Array<ArrayBuffer> | undefined) =>
      new Uint32Array(values?.buffer ?? []);
    const found = bits((await store.get('a'))?.arena);
    expect(Buffer.compare(Buffer.from(found.buffer), Buffer.from(arena.buffer))).toBe(0);
    const opened = await store.open('a');
    const part = new Float32Array(100);
    await opened?.arena.read(CHUNK_LENGTH - 50, part);
    expect(part).toEqual(arena.subarray(CHUNK_LENGTH - 50, CHUNK_LENGTH + 50));
  });

  test('an arena that is read is stored like one in memory; a read that fails leaves the old one', async () => {
    const store = await open();
    await store.put('a', infoOf('good'), arenaOf(1));
    const failing = { length: layout.length, read: () => Promise.reject(new Error('gone')) };
    await expect(store.put('a', infoOf('bad'), failing)).rejects.toThrow(/gone/);
    expect((await store.get('a'))?.arena).toEqual(arenaOf(1));
    await store.put('b', infoOf('b'), arenaSource(arenaOf(2)));
    expect((await store.get('b'))?.arena).toEqual(arenaOf(2));
  });

  test('ids are not prefixes of each other; delete and list', async () => {
    const store = await open();
    await store.put('a', infoOf('first'), arenaOf(1));
    await store.put('ab', infoOf('second'), arenaOf(2));
    await store.put('a', infoOf('first again'), arenaOf(3));
    expect((await store.list()).map(({ id, name }) => [id, name])).toEqual([
      ['a', 'first again'],
      ['ab', 'second'],
    ]);
    await store.delete('a');
    expect(await store.has('a')).toBe(false);
    expect(await store.get('a')).toBeNull();
    expect((await store.get('ab'))?.arena).toEqual(arenaOf(2));
  });

  test('the caller may go on changing the arena', async () => {
    const store = await open();
    const arena = arenaOf(1);
    const saving = store.put('a', infoOf('a'), arena);
    arena.fill(0);
    await saving;
    expect((await store.get('a'))?.arena).toEqual(arenaOf(1));
  });

  test('a non-finite value is not saved and names its tensor', async () => {
    const store = await open();
    await store.put('a', infoOf('good'), arenaOf(1));
    const bad = arenaOf(2);
    bad[layout.entries[1]?.offset ?? 0] = NaN;
    await expect(store.put('a', infoOf('bad'), bad)).rejects.toMatchObject({
      code: 'non-finite',
      faults: [{ place: 'tensor "b"', message: 'element 0 is NaN' }],
    });
    expect((await store.get('a'))?.manifest.name).toBe('good');
  });

  test('an arena of another size and a bad id are refused', async () => {
    const store = await open();
    await expect(store.put('a', infoOf('a'), new Float32Array(3))).rejects.toMatchObject({
      code: 'layout-mismatch',
    });
    await expect(store.put('a/b', infoOf('a'), arenaOf(1))).rejects.toMatchObject({
      code: 'invalid-argument',
    });
  });
});

describe('damage', () => {
  test('a changed, missing or foreign part is found on reading', async () => {
    const name = freshName();
    const store = await CheckpointStore.open(name);
    const { chunks } = await store.put('a', infoOf('a'), arenaOf(1));
    const raw = createStore(name, STORE_NAME);
    const key = chunks[0]?.key ?? '';
    const chunk = (await get<Uint8Array>(key, raw)) ?? new Uint8Array();
    const flipped = chunk.slice();
    flipped[7] = (flipped[7] ?? 0) ^ 1;
    for (const damaged of [flipped, chunk.slice(1), 'text']) {
      await set(key, damaged, raw);
      await expect(store.get('a')).rejects.toMatchObject({ code: 'checkpoint-corrupt' });
    }
    await set(key, chunk, raw);
    expect((await store.get('a'))?.arena).toEqual(arenaOf(1));
    await set('manifest/a/', { schema: 'mmgrid-checkpoint/9' }, raw);
    await expect(store.get('a')).rejects.toThrow('mmgrid-checkpoint/9');
  });

  test('large arenas are cut into parts of 16 MiB', async () => {
    const big = layoutOf([[{ name: 'w', shape: [CHUNK_LENGTH + 100] }]]);
    const arena = new Float32Array(big.length).fill(0.1);
    arena[CHUNK_LENGTH] = 7;
    const store = new CheckpointStore(new MemoryStore());
    const manifest = await store.put('big', { ...infoOf('big'), layout: big }, arena);
    expect(manifest.chunks.map(({ bytes }) => bytes)).toEqual([
      4 * CHUNK_LENGTH,
      4 * (big.length - CHUNK_LENGTH),
    ]);
    const found = await store.get('big');
    expect(found?.arena[CHUNK_LENGTH]).toBe(7);
    expect(found?.arena[0]).toBe(Math.fround(0.1));
  });

  test('overwriting removes the old parts', async () => {
    const name = freshName();
    const store = await CheckpointStore.open(name);
    await store.put('a', infoOf('a'), arenaOf(1));
    await store.put('a', infoOf('a'), arenaOf(2));
    expect(await keys(createStore(name, STORE_NAME))).toEqual(['chunk/a/000000', 'manifest/a/']);
  });
});
