import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import type { RunEvent } from '../../../src/lab/job/events.ts';
import { inputIds, type Job } from '../../../src/lab/job/job.ts';
import { makesCheckpoint } from '../../../src/lab/jobs/job-list.ts';
import { planExperiment, type Plan } from '../../../src/lab/plan/plan.ts';
import { runPlan, type PlanOutcome } from '../../../src/lab/run/run-plan.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { openFileStore } from '../../../src/store/files/open-file-store.ts';
import type { KeyValueStore } from '../../../src/store/key-value.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { freshFolder } from '../../support/fresh-folder.ts';
import { tinyExperiment } from '../document/documents.ts';
import { openWasm } from '../../support/machine/wasm.ts';

const NOW = Date.UTC(2026, 0, 2);
/** Two stages: every test reads all that they leave, twice. */
const experiment = tinyExperiment({
  '    - { name: phase2, start: 2024-04-01, end: 2024-07-01 }\n': '',
  '    phase2: { epochs: 1 }\n': '',
});
const dataset = await datasetOf(experiment, null);

/** A database in which single values cannot be read, as where the browser lost their files. */
class FlakyStore extends MemoryStore {
  readonly unreadable = new Set<string>();

  override getMany(keys: readonly string[]): Promise<readonly unknown[]> {
    const lost = keys.find((key) => this.unreadable.has(key));
    if (lost === undefined) return super.getMany(keys);
    return Promise.reject(new AppError('checkpoint-corrupt', 'A stored value cannot be read: x.'));
  }

  override write(...args: Parameters<MemoryStore['write']>): Promise<void> {
    for (const [key] of args[1]) this.unreadable.delete(key);
    return super.write(...args);
  }
}

interface Ran {
  readonly events: readonly RunEvent[];
  readonly outcome: PlanOutcome;
  readonly made: readonly string[];
  readonly notes: readonly string[];
}

let plan: Plan;
let whole: Ran;
/** What the first run left, from which every test starts. */
const saved = new FlakyStore();

async function run(
  raw: KeyValueStore,
  watch: (event: RunEvent) => void | Promise<void> = () => undefined,
  limits = {},
): Promise<Ran> {
  const store = new StoredResults(new CheckpointStore(raw), new ArtefactStore(raw), () => NOW);
  const events: RunEvent[] = [];
  const executor = await openWasm();
  const signal = new AbortController().signal;
  const emit = (event: RunEvent) => {
    events.push(event);
    void watch(event);
  };
  const options = { experiment, dataset, executor, store, signal, now: () => NOW, emit, limits };
  const outcome = await runPlan(plan, options).finally(() => {
    executor.destroy();
  });
  const made = events.flatMap((event) =>
    event.type === 'job-done' && !event.cached ? [event.jobId] : [],
  );
  const notes = events.flatMap((event) => (event.type === 'note' ? [event.text] : []));
  return { events, outcome, made, notes };
}

/** The rows of a job in the saved store. */
async function rowsOf(id: string): Promise<(readonly [string, unknown])[]> {
  const keys = [`manifest/${id}/`, `chunk/${id}/000000`, `head/${id}/`, `value/${id}/`];
  const values = await saved.getMany(keys);
  const rows = keys.map((key, index) => [key, values[index]] as const);
  return rows.filter(([, value]) => value !== undefined);
}

async function copyOfSaved(): Promise<FlakyStore> {
  const copy = new FlakyStore();
  for (const { id } of plan.jobs) await copy.write([], await rowsOf(id));
  return copy;
}

function jobOf(title: string) {
  const job = plan.jobs.find((candidate) => candidate.title === title);
  if (job === undefined) throw new Error(`no job "${title}"`);
  return job;
}

/** The first checkpoint that a job reads. */
function inputOf(job: Job): Job {
  const input = plan.jobs.find(({ id }) => inputIds(job.inputs).includes(id));
  if (input === undefined || !makesCheckpoint(input)) throw new Error(`no input of ${job.title}`);
  return input;
}

/** Every checkpoint's bits and every artefact, as they are stored. */
async function contentOf(raw: MemoryStore): Promise<unknown[]> {
  const [checkpoints, artefacts] = [new CheckpointStore(raw), new ArtefactStore(raw)];
  return Promise.all(
    plan.jobs.map(async (job) =>
      makesCheckpoint(job)
        ? (await checkpoints.get(job.id))?.arena
        : (await artefacts.get(job.id))?.value,
    ),
  );
}

beforeAll(async () => {
  plan = await planExperiment(experiment, dataset.digest);
  whole = await run(saved);
}, 120_000);

type Damage = (raw: FlakyStore, key: string) => Promise<void>;

const DAMAGE: Readonly<Record<string, Damage>> = {
  'no row': (raw, key) => raw.write([key], []),
  'a row that cannot be read': (raw, key) => {
    raw.unreadable.add(key);
    return Promise.resolve();
  },
  null: (raw, key) => raw.write([], [[key, null]]),
  'a text': (raw, key) => raw.write([], [[key, 'text']]),
  'half of it': async (raw, key) => {
    const [value] = await raw.getMany([key]);
    await raw.write([], [[key, half(value)]]);
  },
};

function half(value: unknown): unknown {
  if (value instanceof Uint8Array) return value.slice(0, value.length / 2);
  const fields = Object.entries(value as object);
  return Object.fromEntries(fields.slice(0, fields.length / 2));
}

describe('a damaged row of a finished job', () => {
  const rows = [
    ['manifest', 'train Games phase1'],
    ['chunk', 'train Games phase1'],
    ['head', 'semantic ids Games'],
    ['value', 'semantic ids Games'],
  ] as const;
  const cases = rows.flatMap(([kind, title]) =>
    Object.entries(DAMAGE).map(([what, damage]) => [kind, what, title, damage] as const),
  );

  it.each(cases)(
    '%s, %s: the job is made again, and told once',
    async (kind, what, title, damage) => {
      const raw = await copyOfSaved();
      const job = jobOf(title);
      await damage(raw, `${kind}/${job.id}/${kind === 'chunk' ? '000000' : ''}`);
      const again = await run(raw);
      expect(again.outcome.status).toBe('done');
      expect(again.made).toEqual([job.id]);
      expect(again.outcome.rows).toEqual(whole.outcome.rows);
      expect(await contentOf(raw)).toEqual(await contentOf(saved));
      // Without its mark a result never was one: nothing tells that from a job that was not made yet.
      const isMarkGone = what === 'no row' && (kind === 'manifest' || kind === 'head');
      const told = again.notes.filter((note) => note.includes(`"${title}" is made again`));
      expect(told).toHaveLength(isMarkGone ? 0 : 1);
      expect((await run(raw)).made).toEqual([]);
    },
  );
});

it('what is stored in another form counts as damage', async () => {
  const raw = await copyOfSaved();
  const job = jobOf('semantic ids Games');
  await new ArtefactStore(raw).put(job.id, 'ids', { levels: 'three' }, '');
  const again = await run(raw);
  expect(again.made).toEqual([job.id]);
  expect(again.notes.join()).toContain('has another form');
  expect(again.outcome.rows).toEqual(whole.outcome.rows);
});

it('an older build: read, and told once that descriptions have no checksum', async () => {
  const raw = await copyOfSaved();
  for (const title of ['train Games phase1', 'train Books phase1']) {
    const key = `manifest/${jobOf(title).id}/`;
    const [stored] = await raw.getMany([key]);
    const { sha256, ...open } = stored as Record<string, unknown>;
    expect(sha256).toBeTypeOf('string');
    await raw.write([], [[key, { ...open, schema: 'mmgrid-checkpoint/1' }]]);
  }
  const again = await run(raw);
  expect(again.made).toEqual([]);
  expect(again.notes.filter((note) => note.includes('older build'))).toHaveLength(1);
  // A description that no model has is found without a checksum, too.
  const key = `manifest/${jobOf('train Games phase1').id}/`;
  const [stored] = await raw.getMany([key]);
  const meta = { ...(stored as { meta: object }).meta, config: { hidden_size: 2 ** 20 } };
  await raw.write([], [[key, { ...(stored as object), meta }]]);
  expect((await run(raw)).made).toEqual([jobOf('train Games phase1').id]);
});

it('damage in the middle of a run: what is lost is made again, then what needs it', async () => {
  const raw = await copyOfSaved();
  const merge = jobOf('merge average');
  const input = inputOf(merge);
  await raw.write([`manifest/${merge.id}/`, `chunk/${merge.id}/`], []);
  let isDamaged = false;
  const again = await run(raw, (event) => {
    // Its input was looked at and found sound before.
    if (event.type !== 'job-started' || event.jobId !== merge.id || isDamaged) return;
    isDamaged = true;
    return raw.write([], [[`chunk/${input.id}/000000`, new Uint8Array(4)]]);
  });
  expect(again.outcome.status).toBe('done');
  expect(again.made).toEqual([input.id, merge.id]);
  expect(again.notes.filter((note) => note.includes('is made again'))).toHaveLength(1);
  expect(await contentOf(raw)).toEqual(await contentOf(saved));
});

it('a store that loses the same result twice ends the run with its reason', async () => {
  const raw = await copyOfSaved();
  const merge = jobOf('merge average');
  const input = inputOf(merge);
  await raw.write([`manifest/${merge.id}/`, `chunk/${merge.id}/`], []);
  const ended = run(raw, (event) => {
    if (event.type !== 'job-started' || event.jobId !== merge.id) return;
    return raw.write([], [[`chunk/${input.id}/000000`, new Uint8Array(4)]]);
  });
  await expect(ended).rejects.toMatchObject({ code: 'checkpoint-corrupt' });
});

it('who only collects is told what is damaged, and nothing is made', async () => {
  const raw = await copyOfSaved();
  const { id, title } = jobOf('train Games phase1');
  await raw.write([], [[`chunk/${id}/000000`, new Uint8Array(4)]]);
  const error: unknown = await run(raw, undefined, { mayCompute: false }).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'data-missing' });
  expect(String(error)).toMatch(new RegExp(`no result of "${title}".*part 0 is missing`));
});

it('one job alone leaves its damaged input to who made it', async () => {
  const raw = await copyOfSaved();
  const merge = jobOf('merge average');
  const input = inputOf(merge);
  await raw.write([`manifest/${merge.id}/`, `chunk/${merge.id}/`], []);
  await raw.write([], [[`chunk/${input.id}/000000`, new Uint8Array(4)]]);
  await expect(run(raw, undefined, { job: merge.id })).rejects.toMatchObject({
    code: 'checkpoint-corrupt',
    details: { id: input.id },
  });
});

describe('a damaged file of a finished job, in a store of files', () => {
  const cut = (path: string) => {
    truncateSync(path, 5);
  };
  const flipped = (path: string) => {
    const bytes = readFileSync(path);
    const at = bytes.length >> 1;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(path, bytes);
  };
  const asFolder = (path: string) => {
    rmSync(path);
    mkdirSync(path);
  };

  it('is that job’s damage: told once in the run, made again, the rest kept', async () => {
    const root = freshFolder();
    const store = openFileStore(root);
    for (const { id } of plan.jobs) await store.write([], await rowsOf(id));
    expect((await run(store)).made).toEqual([]);
    const damage = [
      ['train Games phase1', 'manifest.json', cut],
      ['train Books phase1', 'chunk-000000.bin', flipped],
      ['merge average', 'job.json', asFolder],
      ['semantic ids Games', 'value.json', asFolder],
    ] as const;
    for (const [title, file, damaged] of damage) {
      damaged(join(root, 'jobs', jobOf(title).id, file));
    }
    const notices: string[] = [];
    const again = await run(openFileStore(root, { onNotice: (text) => notices.push(text) }));
    expect(again.made).toHaveLength(damage.length);
    expect(new Set(again.made)).toEqual(new Set(damage.map(([title]) => jobOf(title).id)));
    expect(again.outcome.rows).toEqual(whole.outcome.rows);
    for (const [title] of damage) {
      const told = again.notes.filter((note) => note.includes(`"${title}" is made again`));
      expect(told).toHaveLength(1);
    }
    // Where the damaged files lie now is said once, too.
    expect(notices).toHaveLength(damage.length);
    expect((await run(openFileStore(root))).made).toEqual([]);
  });
});
