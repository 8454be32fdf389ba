import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { wholeArena } from '../../src/core/arena-source.ts';
import { DryExecutor } from '../../src/compute/dry-executor.ts';
import type { Executor } from '../../src/compute/executor.ts';
import { readSafetensors } from '../../src/io/safetensors.ts';
import { entryOf } from '../../src/core/layout.ts';
import { EMBEDDING, parameterLayout } from '../../src/nn/transformer/layout.ts';
import { importBase } from '../../src/lab/checkpoints/imported-base.ts';
import { ArtefactStore } from '../../src/store/artefacts.ts';
import { CheckpointStore } from '../../src/store/checkpoints.ts';
import { openFileStore } from '../../src/store/files/open-file-store.ts';
import type { HeadlessMessage, HeadlessTask } from '../../workers/headless/headless-messages.ts';
import { nodeHost } from '../../workers/headless/node/node-host.ts';
import { runTask } from '../../workers/headless/run-task.ts';
import { LabService } from '../../workers/lab/lab-service.ts';
import { baseNeed } from '../../workers/lab/base-need.ts';
import { listFolder } from '../../scripts/server/list-folder.ts';
import { freshFolder } from '../support/fresh-folder.ts';
import { openWasm } from '../support/machine/wasm.ts';
import { filesOf, realBase, realBaseDocument } from '../support/models/real-base.ts';

const BASE = realBase();

/** A run in Node from the folder, on its own store and on any executor. */
async function play(
  storeDir: string,
  executor: Executor,
  task: Partial<HeadlessTask> & Pick<HeadlessTask, 'document'>,
) {
  const store = openFileStore(storeDir);
  const checkpoints = new CheckpointStore(store);
  const lab = new LabService({
    openExecutor: (choice) => {
      const report = { choice, profile: executor.profile, reason: '', hint: '' };
      return Promise.resolve({ executor, report });
    },
    openStorage: () =>
      Promise.resolve({
        checkpoints,
        artefacts: new ArtefactStore(store),
        notice: () => '',
        lock: () =>
          Promise.resolve({ signal: new AbortController().signal, release: () => undefined }),
      }),
    now: () => Date.now(),
  });
  const host = nodeHost(lab, {
    ...{ storeDir, outDir: freshFolder(), dataDir: null, baseDir: BASE, listFolder },
    ...{ onNotice: () => undefined, adapter: null, threads: 1 },
    createThread: () => {
      throw new Error('not asked for');
    },
    loadKernels: () => Promise.reject(new Error('not asked for')),
  });
  const told: HeadlessMessage[] = [];
  const whole: HeadlessTask = { executor: 'cpu', ...task };
  await runTask(whole, host, { isAsked: false }, (message) => {
    told.push(message);
    return Promise.resolve();
  });
  return { told, checkpoints, last: told.at(-1), types: told.map(({ type }) => type) };
}

/** The executor that would compute, with other ends to its memory. */
function limited(bytes: number, kind: 'cpu' | 'webgpu' = 'cpu'): Executor {
  const profile = { ...new DryExecutor(CPU.profile).profile, kind };
  return new DryExecutor({ ...profile, limits: { maxBufferSize: bytes } });
}
const CPU = await openWasm();

describe('a base of the shape of Qwen3-0.6B', () => {
  it('is opened, embeds its items, gets id rows and is ranked with', async () => {
    const storeDir = freshFolder();
    const document = realBaseDocument(0);
    const { told, checkpoints, last } = await play(storeDir, CPU, { document });
    expect(last).toMatchObject({ type: 'ended', status: 'done' });
    const notes = told.flatMap((message) => (message.type === 'note' ? [message.text] : []));
    expect(notes[0]).toMatch(/^Nothing is trained\. Embedding texts needs up to [\d.]+ MB\.$/);

    const list = await checkpoints.list();
    const [base, ids] = ['base/seed1', 'base with id tokens/seed1'].map((name) =>
      list.find((manifest) => manifest.meta['name'] === name),
    );
    if (base === undefined || ids === undefined) throw new Error('no checkpoints');
    const file = readSafetensors(
      new Uint8Array(readFileSync(join(BASE, 'model.safetensors'))),
      'model.safetensors',
    );
    const { arena } = (await checkpoints.get(ids.id)) ?? {};
    if (arena === undefined) throw new Error('no arena');
    for (const { name } of file.tensors.values()) {
      const { offset } = entryOf(ids.layout, name);
      const own = file.floats(name);
      const used = name === EMBEDDING ? 9_000 * 64 : own.length;
      expect(arena.subarray(offset, offset + used), name).toEqual(own.subarray(0, used));
    }
    const { size } = entryOf(ids.layout, EMBEDDING);
    expect(size / 64).toBe(entryOf(base.layout, EMBEDDING).size / 64 + 32);

    const again = await play(storeDir, CPU, { document });
    const done = again.told.flatMap((message) =>
      message.type === 'events'
        ? message.events.flatMap((event) => (event.type === 'job-done' ? [event.cached] : []))
        : [],
    );
    expect(done.length).toBeGreaterThan(5);
    expect(done.every((cached) => cached)).toBe(true);
    expect(CPU.memory().liveBytes).toBe(0);
  }, 240_000);

  it('whose training does not fit is refused with both numbers before a weight is read', async () => {
    const { told, types, last } = await play(freshFolder(), limited(8 * 2 ** 20), {
      document: realBaseDocument(1),
    });
    expect(types).not.toContain('importing');
    expect(last).toMatchObject({ type: 'refused', error: { code: 'limit-exceeded' } });
    expect(JSON.stringify(told)).toMatch(
      /Training needs [\d.]+ MB of memory, a batch in \d+ parts; the CPU executor allows 8 MB/,
    );
    expect(JSON.stringify(told)).toMatch(/Weights, gradients and moments alone are 11\.2 MB/);
  });

  it('reads only the headers for that', async () => {
    let read = 0;
    const files = (await filesOf(BASE)).map((file) => ({
      ...file,
      read: (start: number, end: number) => {
        if (file.path.endsWith('.safetensors')) read = Math.max(read, end);
        return file.read(start, end);
      },
    }));
    const machine = { profile: limited(8 * 2 ** 20).profile, freeBytes: null };
    const { faults } = await baseNeed(realBaseDocument(1), files, machine);
    expect(faults).toHaveLength(1);
    expect(read).toBeLessThan(8192);
  });

  it.each([
    ['a plan for other machines', { isPlanOnly: true }],
    ['a job that trains nothing', {}],
  ])(
    '%s is made where its training has no room',
    async (_, extra) => {
      const document = realBaseDocument(1);
      const storeDir = freshFolder();
      const planned = await play(storeDir, limited(8 * 2 ** 20), { document, isPlanOnly: true });
      if (planned.last?.type !== 'planned') throw new Error('not planned');
      expect(planned.last.notes.join('\n')).toContain('Training needs');
      if ('isPlanOnly' in extra) return;
      const { jobs } = planned.last;
      const idOf = (kind: string) => jobs.find((job) => job.kind === kind)?.id ?? '';
      const executor = limited(8 * 2 ** 20);
      const own = { ...CPU.profile, limits: executor.profile.limits };
      const small = new Proxy(CPU, {
        get: (target, key): unknown => {
          if (key === 'profile') return own;
          if (key === 'destroy') return () => undefined;
          const value: unknown = Reflect.get(target, key, target);
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        },
      });
      for (const kind of ['prepare', 'tokenizer', 'language-model', 'ids', 'extend']) {
        const made = await play(storeDir, small, { document, limits: { job: idOf(kind) } });
        expect(made.last, kind).toMatchObject({ type: 'ended', status: 'done' });
      }
      const trained = await play(storeDir, small, { document, limits: { job: idOf('train') } });
      expect(trained.last).toMatchObject({ type: 'refused' });
      expect(JSON.stringify(trained.last)).toContain('Training needs');
    },
    240_000,
  );

  it('keeps its weights in the files: only added rows are in memory', async () => {
    const { parameters, model } = await importBase(await filesOf(BASE));
    const { length } = parameterLayout(model.config);
    expect(parameters.length).toBe(length);
    const whole = await wholeArena(parameters);
    const part = new Float32Array(1000);
    await parameters.read(length - 1000, part);
    expect(part).toEqual(whole.subarray(length - 1000));
  });
});
