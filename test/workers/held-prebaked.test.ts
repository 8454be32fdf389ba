import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINE_VERSION } from '../../src/lab/experiment/experiment-defaults.ts';
import { bakeModels } from '../../src/lab/pack/bake-models.ts';
import {
  packedWeights,
  readModels,
  writeModels,
  type PackedResults,
} from '../../src/lab/pack/pack-models.ts';
import { experimentFrom } from '../../src/lab/document/experiment.ts';
import { datasetOf } from '../../src/lab/experiment/experiment-dataset.ts';
import type { RunEvent } from '../../src/lab/job/events.ts';
import { planExperiment, type Plan } from '../../src/lab/plan/plan.ts';
import { StoredResults } from '../../src/lab/run/stored-results.ts';
import { ArtefactStore } from '../../src/store/artefacts.ts';
import { CheckpointStore } from '../../src/store/checkpoints.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { LabService } from '../../workers/lab/lab-service.ts';
import { tinyWith } from '../lab/document/documents.ts';
import { openWasm } from '../support/machine/wasm.ts';

/** The smallest grid of two shops, with one merge. */
const DOCUMENT = tinyWith({
  'evaluation: { beam: 20, maxUsers: 8': 'evaluation: { beam: 20, maxUsers: 4',
});
const PROBED = 'average';

let plan: Plan;
let baked: PackedResults;
let file: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  const experiment = experimentFrom(DOCUMENT);
  const dataset = await datasetOf(experiment, null);
  plan = await planExperiment(experiment, dataset.digest);
  const executor = await openWasm();
  const { signal } = new AbortController();
  const emit = () => undefined;
  const given = { experiment, dataset, executor, store: emptyStore(), signal, now: () => 0, emit };
  baked = await bakeModels(plan, given);
  file = await writeModels(baked);
  executor.destroy();
});

const labs: LabService[] = [];
afterAll(async () => {
  for (const lab of labs) await lab.close();
});

function emptyStore(): StoredResults {
  const memory = new MemoryStore();
  return new StoredResults(new CheckpointStore(memory), new ArtefactStore(memory), () => 0);
}

/** A page's lab with nothing stored, and with these bytes as its pack. */
function open(bytes: () => Promise<Uint8Array<ArrayBuffer>>): LabService {
  const memory = new MemoryStore();
  const storage = {
    checkpoints: new CheckpointStore(memory),
    artefacts: new ArtefactStore(memory),
    notice: () => '',
    lock: () => Promise.resolve({ signal: new AbortController().signal, release: () => undefined }),
  };
  const lab = new LabService({
    openExecutor: async (choice) => {
      const executor = await openWasm();
      const report = { choice, profile: executor.profile, reason: '', hint: '' };
      return { executor, report };
    },
    openStorage: () => Promise.resolve(storage),
    prebaked: { models: baked.checkpoints.map(({ id }) => id), read: bytes },
    now: () => 0,
  });
  labs.push(lab);
  return lab;
}

async function told(action: (port: MessagePort) => Promise<unknown>): Promise<readonly RunEvent[]> {
  const events: RunEvent[] = [];
  const { port1, port2 } = new MessageChannel();
  const closed = new Promise((resolve) => {
    port1.addEventListener('close', resolve);
  });
  port1.onmessage = ({ data }: MessageEvent<readonly RunEvent[]>) => {
    events.push(...data);
  };
  await action(port2);
  await closed;
  return events;
}

function doneIds(events: readonly RunEvent[], cached: boolean): readonly string[] {
  return events.flatMap((event) =>
    event.type === 'job-done' && event.cached === cached ? [event.jobId] : [],
  );
}

const trained = () => plan.jobs.filter(({ kind }) => kind === 'train').map(({ id }) => id);

describe('a pack of models', () => {
  it('comes back as it was written, every weight on the 16 bits that it was measured with', async () => {
    const read = await readModels(file);
    expect(read).toEqual(baked);
    expect(read.checkpoints.map(({ meta }) => meta.rounded)).toEqual(
      read.checkpoints.map(() => 'float16'),
    );
    for (const { parameters } of read.checkpoints) {
      expect(packedWeights(parameters)).toEqual(parameters);
    }
  });

  it('refuses what 16 bits do not hold', () => {
    expect(() => packedWeights(new Float32Array([1, 7e4]))).toThrow(/too large for 16 bits/);
  });

  it('is refused with a sentence when another engine made it, and where it is none', async () => {
    const other = await writeModels({ ...baked, engine: '0.1' });
    await expect(readModels(other)).rejects.toMatchObject({
      code: 'version-mismatch',
      message: `The prebaked models are of engine 0.1; this page has ${ENGINE_VERSION}.`,
    });
    const faulty = { ...baked, seed: -1, artefacts: [{ id: 'x', kind: 'ids' as const, value: 1 }] };
    await expect(readModels(await writeModels(faulty))).rejects.toMatchObject({
      code: 'data-invalid',
      faults: [{ place: 'seed' }, { place: 'artefacts.0.id' }],
    });
    await expect(readModels(file.slice(0, 999))).rejects.toMatchObject({ code: 'data-invalid' });
  });
});

describe('a lab with a pack', () => {
  it('shows the whole grid, probes and exports it before anything was trained', async () => {
    const lab = open(() => Promise.resolve(file));
    await lab.open('cpu');
    const inspection = await lab.inspect(DOCUMENT, null);
    expect(inspection).toMatchObject({
      ok: true,
      prebaked: { engine: ENGINE_VERSION, seed: 1, machine: baked.machine },
    });
    const events = await told((port) => lab.recall(DOCUMENT, null, port));
    expect(doneIds(events, true)).toEqual(
      plan.jobs.filter(({ kind }) => kind !== 'merge').map(({ id }) => id),
    );
    const rows = events.flatMap((event) => (event.type === 'results' ? event.rows : []));
    expect(rows.some(({ model }) => model === PROBED)).toBe(true);
    const probe = await lab.probeMerge(DOCUMENT, null, PROBED);
    expect(probe.places.map(({ domain }) => domain)).toEqual(['Games', 'Books']);
    const [cell = ''] = trained();
    const handle = await lab.openExport(cell);
    let files = '';
    for (let one = await lab.nextPiece(handle); one !== null; one = await lab.nextPiece(handle)) {
      if (one.path === 'README.md') files = new TextDecoder().decode(one.bytes);
    }
    expect(files).toMatch(/every weight was rounded to float16/);
    // Of a document with other cells nothing comes from it.
    const other = DOCUMENT.replace('seeds: [1]', 'seeds: [2]');
    expect(await lab.inspect(other, null)).not.toHaveProperty('prebaked');
  });

  it('goes on from what is shown, or trains here, and then shows no more of the pack', async () => {
    const lab = open(() => Promise.resolve(file));
    await lab.open('cpu');
    const merges = plan.jobs.filter(({ kind }) => kind === 'merge').map(({ id }) => id);
    const more = await told((port) => lab.run(DOCUMENT, null, port, {}, 'shown'));
    expect(doneIds(more, false)).toEqual(merges);
    expect(await lab.checkpoints()).toEqual([]);
    const events = await told((port) => lab.run(DOCUMENT, null, port));
    expect(doneIds(events, false)).toEqual(plan.jobs.map(({ id }) => id));
    expect(await lab.inspect(DOCUMENT, null)).not.toHaveProperty('prebaked');
    expect(await lab.inspect(DOCUMENT, null)).toHaveProperty(
      'finished',
      plan.jobs.map(({ id }) => id),
    );
  });

  it('says why a pack is not shown, and trains', async () => {
    const wrong = await writeModels({ ...baked, engine: '0.1' });
    const lab = open(() => Promise.resolve(wrong));
    await lab.open('cpu');
    const inspection = await lab.inspect(DOCUMENT, null);
    expect(inspection).toMatchObject({ ok: true, finished: [] });
    expect(inspection).not.toHaveProperty('prebaked');
    expect(inspection.ok && inspection.notes.at(-1)).toMatch(
      /prebaked models are of engine 0\.1.*Train it here/,
    );
    await expect(lab.probeMerge(DOCUMENT, null, PROBED)).rejects.toMatchObject({
      code: 'checkpoint-missing',
    });
  });
});
