import 'fake-indexeddb/auto';
import { readFileSync } from 'node:fs';
import { afterEach, expect, it, vi } from 'vitest';
import { createCpuExecutor } from '../../src/compute/cpu/cpu-executor.ts';
import { AppError } from '../../src/core/errors.ts';
import { layoutOf } from '../../src/core/layout.ts';
import { openStores } from '../../src/store/open-stores.ts';
import { problemOf } from '../../src/ui/text/problem.ts';
import { storageFull } from '../../workers/lab/full-storage.ts';
import { LabService } from '../../workers/lab/lab-service.ts';
import { exportedFiles } from '../support/exported-files.ts';

const TINY = readFileSync('experiments/tiny.yaml', 'utf8');
const MB = 2 ** 20;

afterEach(() => {
  vi.restoreAllMocks();
});

it('names what takes the room, what of it can go, and the model at hand', () => {
  const full = new AppError('quota-exceeded', 'No storage left while saving.');
  const sizes = {
    checkpoints: [
      { id: 'own', sizeBytes: 3 * MB },
      { id: 'a', sizeBytes: 5 * MB },
      { id: 'b', sizeBytes: 6 * MB },
    ],
    planned: new Set(['own', 'other job']),
    downloadedBytes: 20 * MB,
    unsaved: { id: 'x', name: 'Office/phase2' },
  };
  const error = storageFull(full, sizes);
  expect(error.message).toBe(full.message);
  expect(error.hint).toBe(
    'Nothing half-written is kept, finished jobs are. Stored here: 1 checkpoint of this document, ' +
      '3 MB; 2 checkpoints of other documents, 11 MB; downloaded models, 20 MB. To go on, delete ' +
      'the checkpoints of other documents, or forget downloaded models where the base is chosen, ' +
      'or free space on the disk and run again. "Office/phase2" is trained but not stored.',
  );
  expect(problemOf(error).remedies).toEqual({
    unsaved: { id: 'x', name: 'Office/phase2' },
    others: { count: 2, bytes: 11 * MB },
  });
  const bare = storageFull(full, {
    ...{ checkpoints: [], planned: new Set<string>(), downloadedBytes: 0, unsaved: null },
  });
  expect(bare.hint).toBe(
    'Nothing half-written is kept, finished jobs are. To go on, free space on the disk and run again.',
  );
  expect(problemOf(bare).remedies).toEqual({});
});

/** A lab on databases, of which one has no room for checkpoints of other names than `other`. */
async function fullLab() {
  const stores = await openStores('full-storage');
  const layout = layoutOf([[{ name: 'w', shape: [64] }]]);
  const info = { name: 'other', layout, config: {}, createdAt: '', meta: {} };
  await stores.checkpoints.put('other', info, new Float32Array(64));
  await stores.artefacts.put('results', 'rows', [1], '');
  const part = { name: 'weights', read: () => new Float32Array(100) };
  await stores.snapshots.put('unfinished', {}, [part]);
  const lab = new LabService({
    openExecutor: (choice) => {
      const executor = createCpuExecutor();
      const report = { choice, profile: executor.profile, reason: '', hint: '' };
      return Promise.resolve({ executor, report });
    },
    openStorage: () =>
      Promise.resolve({
        ...stores,
        downloadedBytes: () => Promise.resolve(MB),
        lock: () =>
          Promise.resolve({ signal: new AbortController().signal, release: () => undefined }),
      }),
    now: () => Date.now(),
  });
  return { lab, stores };
}

it('a run that finds it full keeps its model in memory for an export; room can be made', async () => {
  const { lab, stores } = await fullLab();
  const put = Reflect.get(IDBObjectStore.prototype, 'put') as (
    this: IDBObjectStore,
    value: unknown,
    key: IDBValidKey,
  ) => IDBRequest<IDBValidKey>;
  const spy = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (
    this: IDBObjectStore,
    value,
    key = '',
  ) {
    if (typeof key === 'string' && key.startsWith('manifest/')) {
      throw new DOMException('full', 'QuotaExceededError');
    }
    return put.call(this, value, key);
  });
  const { port2 } = new MessageChannel();
  const error = await lab.run(TINY, null, port2).catch((thrown: unknown) => thrown);
  const { code, remedies } = problemOf(error);
  expect(code).toBe('quota-exceeded');
  expect(remedies).toMatchObject({
    unsaved: { name: 'base/seed1' },
    others: { count: 2, bytes: 528 },
  });
  const id = remedies?.unsaved?.id ?? '';
  expect(await stores.checkpoints.has(id)).toBe(false);

  // Bit for bit what the same run stores when there is room.
  const exported = await exportedFiles(lab, id);
  expect([...exported.keys()]).toContain('model.safetensors');
  spy.mockRestore();
  await lab.deleteOthers(TINY, null);
  expect((await lab.checkpoints()).map(({ name }) => name)).toEqual([]);
  expect(await stores.snapshots.list()).toEqual([]);
  expect(await stores.artefacts.has('results')).toBe(true);
  const { port1, port2: second } = new MessageChannel();
  port1.onmessage = () => void stopAfterBase();
  const stopAfterBase = async () => {
    if (await stores.checkpoints.has(id)) await lab.stop();
  };
  expect(await lab.run(TINY, null, second)).toMatchObject({ status: 'stopped' });
  port1.close();
  const stored = await exportedFiles(lab, id);
  expect(stored.get('model.safetensors')).toEqual(exported.get('model.safetensors'));
  expect([...stored.keys()]).toEqual([...exported.keys()]);
  await lab.close();
}, 120_000);
