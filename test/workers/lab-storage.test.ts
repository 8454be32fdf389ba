import 'fake-indexeddb/auto';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createCpuExecutor } from '../../src/compute/cpu/cpu-executor.ts';
import { AppError } from '../../src/core/errors.ts';
import type { RunEvent } from '../../src/lab/job/events.ts';
import { MIGRATIONS, openDatabase } from '../../src/store/open-database.ts';
import { openStores, type Stores } from '../../src/store/open-stores.ts';
import { LabService } from '../../workers/lab/lab-service.ts';

const TINY = readFileSync('experiments/tiny.yaml', 'utf8');

let databases = 0;

/** The lab of a page on its databases; `name` is theirs. */
function open() {
  const name = `lab-storage-${String(++databases)}`;
  const writer = new AbortController();
  const opened: Stores[] = [];
  const lab = new LabService({
    openExecutor: (choice) => {
      const executor = createCpuExecutor();
      const report = { choice, profile: executor.profile, reason: '', hint: '' };
      return Promise.resolve({ executor, report });
    },
    openStorage: async () => {
      const stores = await openStores(name);
      opened.push(stores);
      const lock = () => Promise.resolve({ signal: writer.signal, release: () => undefined });
      return { ...stores, lock };
    },
    now: () => Date.now(),
  });
  return { lab, name, writer, opened };
}

/** Runs until the third job is done, and does something then. */
async function interrupted(lab: LabService, action: () => unknown) {
  const { port1, port2 } = new MessageChannel();
  const events: RunEvent[] = [];
  let isOver = false;
  port1.onmessage = ({ data }: MessageEvent<readonly RunEvent[]>) => {
    events.push(...data);
    const done = events.filter(({ type }) => type === 'job-done').length;
    if (done >= 3 && !isOver) {
      isOver = true;
      action();
    }
  };
  try {
    const outcome = await lab.run(TINY, null, port2).catch((error: unknown) => error);
    return { outcome, isOver };
  } finally {
    port1.close();
  }
}

async function finishedIn(lab: LabService): Promise<number> {
  const inspection = await lab.inspect(TINY, null);
  if (!inspection.ok) throw new Error('The document is sound.');
  return inspection.finished.length;
}

it('a lock that another tab took over ends the run with its reason', async () => {
  const { lab, writer } = open();
  const { outcome, isOver } = await interrupted(lab, () => {
    writer.abort(new AppError('lock-lost', 'Another tab of this app has taken over.'));
  });
  expect(isOver).toBe(true);
  expect(outcome).toMatchObject({
    code: 'lock-lost',
    message: expect.stringContaining('taken') as string,
  });
  expect(await finishedIn(lab)).toBeGreaterThanOrEqual(3);
  await lab.close();
});

it('Stop ends it without one', async () => {
  const { lab } = open();
  const { outcome } = await interrupted(lab, () => lab.stop());
  expect(outcome).toMatchObject({ status: 'stopped' });
  await lab.close();
});

it('a newer build in another tab ends the run, is told, and keeps what is finished', async () => {
  const { lab, name } = open();
  const told = lab.storageEnded();
  let newer: Promise<IDBDatabase> | null = null;
  const { outcome } = await interrupted(lab, () => {
    newer = openDatabase(`${name}-artefacts`, [...MIGRATIONS, () => undefined]);
  });
  expect(outcome).toMatchObject({
    code: 'version-mismatch',
    message: expect.stringContaining('A newer version') as string,
  });
  expect(await told).toMatchObject({ code: 'version-mismatch' });
  const database = await (newer as Promise<IDBDatabase> | null);
  expect(database?.version).toBe(3);
  // This build never writes there again.
  await expect(lab.inspect(TINY, null)).rejects.toMatchObject({ code: 'version-mismatch' });
  const { outcome: again } = await interrupted(lab, () => undefined);
  expect(again).toMatchObject({ code: 'version-mismatch' });
  database?.close();
  await lab.close().catch(() => undefined);
});

it('data of the site that are deleted end the run; the next one starts in a new storage', async () => {
  const { lab, name, opened } = open();
  const told = lab.storageEnded();
  const { outcome } = await interrupted(lab, () => {
    indexedDB.deleteDatabase(`${name}-artefacts`);
    indexedDB.deleteDatabase(`${name}-checkpoints`);
  });
  expect(outcome).toMatchObject({
    code: 'storage-unavailable',
    message: expect.stringContaining('deleted or closed') as string,
  });
  expect(await told).toMatchObject({ code: 'storage-unavailable' });
  expect(opened).toHaveLength(1);
  expect(await finishedIn(lab)).toBe(0);
  expect(opened).toHaveLength(2);
  const { outcome: again } = await interrupted(lab, () => lab.stop());
  expect(again).toMatchObject({ status: 'stopped' });
  expect(await finishedIn(lab)).toBeGreaterThanOrEqual(3);
  await lab.close();
});

it('a storage that could not be opened is tried again', async () => {
  let isBroken = true;
  const lab = new LabService({
    openExecutor: () => Promise.reject(new Error('none')),
    openStorage: async () => {
      if (isBroken) throw new AppError('version-mismatch', 'Another tab keeps it.');
      const stores = await openStores('lab-storage-again');
      return { ...stores, lock: () => Promise.resolve(null) };
    },
    now: () => 0,
  });
  await expect(lab.inspect(TINY, null)).rejects.toMatchObject({ code: 'version-mismatch' });
  isBroken = false;
  expect(await lab.inspect(TINY, null)).toMatchObject({ ok: true });
  await lab.close();
});
