import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { AppError } from '../../../src/core/errors.ts';
import { sha256Hex } from '../../../src/core/hash.ts';
import { experimentFrom } from '../../../src/lab/document/experiment.ts';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import { planDigest } from '../../../src/lab/inspection/inspect-experiment.ts';
import { inputIds, type Job } from '../../../src/lab/job/job.ts';
import type { RunEvent } from '../../../src/lab/job/events.ts';
import { makesCheckpoint } from '../../../src/lab/jobs/job-list.ts';
import { planExperiment, type Plan } from '../../../src/lab/plan/plan.ts';
import { runPlan } from '../../../src/lab/run/run-plan.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { SnapshotStore } from '../../../src/store/snapshots.ts';
import { openWasm } from '../../support/machine/wasm.ts';
import { documentText, tinyWith } from '../document/documents.ts';
import { compactText } from '../paradigms/compact-documents.ts';

const TRAINED = ['base', 'compact-base', 'language-model', 'train', 'pretrain', 'train-click'];
const BASELINES = ['sasrec', 'item-transformer'];

/** The jobs that train in the first domain, and what they need. */
function trainings({ jobs }: Plan): Job[] {
  const needed = new Set<string>();
  for (const { id, kind, cell, title, inputs } of jobs.toReversed()) {
    const isOther = (cell?.domain ?? 'Games') !== 'Games' || title.endsWith(' Books');
    const isOwn = [...TRAINED, ...BASELINES].includes(kind) && !isOther;
    if (!isOwn && !needed.has(id)) continue;
    for (const one of [id, ...inputIds(inputs)]) needed.add(one);
  }
  return jobs.filter(({ id }) => needed.has(id));
}

const TEXT_BASE = 'base: { source: text, tokens: 384, textTokens: 8, epochs: 2 }';
const CHOSEN =
  'training:\n  validation: { by: users, share: 0.2, patience: 2 }\n  average: { epochs: 2 }\n';
const MORE = 'dropout: { embedding: 0.2, attention: 0.1, residual: 0.2 }\n  accumulationSteps: 2';
const SASREC = 'layers: 1, width: 16, heads: 2, feedForward: 32, learningRate: 0.01, epochs: 3';

/** Documents of the trainings there are and of what they keep, and jobs that are stopped in them. */
const DOCUMENTS: Readonly<Record<string, readonly [text: string, stopped: readonly string[]]>> = {
  'semantic ids in micro-batches, with dropout, epochs chosen and averaged': [
    tinyWith({
      'base: { epochs: 1 }': 'base: { epochs: 2 }',
      'phase1: { epochs: 1 }': 'phase1: { epochs: 4 }',
      'training:\n': `${CHOSEN}  ${MORE}\n`,
    }),
    ['train base', 'train Games phase1'],
  ],
  'compact ids from a trained start, chosen by NDCG': [
    compactText(
      {
        'training:\n':
          'training:\n  validation: { by: users, share: 0.2, patience: null, metric: ndcg }\n',
      },
      undefined,
      '{ epochs: 4 }',
    ),
    ['train base', 'train Games pretrain'],
  ],
  'titles of a base of texts': [
    tinyWith({
      'base: { epochs: 1 }': `${TEXT_BASE}\nparadigm: title\ntitle: { positions: 32, titleTokens: 6, samples: 2, maxTokens: 6 }`,
    }),
    ['train language model', 'train Games phase2'],
  ],
  'embeddings, epochs chosen and averaged': [
    tinyWith({
      'base: { epochs: 1 }': `${TEXT_BASE}\nparadigm: embedding\nembedding: { negatives: 8, sequencesPerBatch: 8 }`,
      'phase1: { epochs: 1 }': 'phase1: { epochs: 3 }',
      'training:\n': CHOSEN,
    }),
    ['train Games phase1'],
  ],
  'both baselines of transformers, one of which trains twice': [
    tinyWith({
      'evaluation: {': `evaluation: { sasrec: { ${SASREC}, sequencesPerBatch: 16, dropout: 0.1, validation: { patience: 2 } }, itemTransformer: { epochs: 2 },`,
    }),
    ['SASRec Games', 'item-id transformer Games'],
  ],
  'click models, measured within the first epoch': [
    documentText('gpsd-tiny')
      .replace(
        'discriminative:\n',
        'discriminative:\n  validation: { by: users, share: 0.3, patience: null }\n  firstEpochParts: 2\n',
      )
      .replace('strategies: [NT, FT, FT&SF, ST&SF]', 'strategies: [NT, FT, FT&SF]')
      .replace('pretraining: { epochs: 1', 'pretraining: { epochs: 3'),
    ['pretrain L1H16A2', 'train Games FT&SF', 'train Games DIN NT'],
  ],
};

/** What ends a run that the user did not stop: it may write no more. */
const TAKEN_OVER = new AppError('lock-lost', 'Another tab of this app has taken over.');

interface World {
  readonly results: StoredResults;
  readonly snapshots: SnapshotStore;
}

function newWorld(now: () => number): World {
  const memory = new MemoryStore();
  const snapshots = new SnapshotStore(memory);
  const artefacts = new ArtefactStore(new MemoryStore());
  const results = new StoredResults(
    new CheckpointStore(memory),
    artefacts,
    now,
    undefined,
    snapshots,
  );
  return { results, snapshots };
}

describe('a snapshot inside a job', () => {
  let executor: Executor;

  beforeAll(async () => {
    executor = await openWasm();
  });

  afterAll(() => {
    expect(executor.memory().liveBytes).toBe(0);
    executor.destroy();
  });

  async function prepared(text: string) {
    const experiment = experimentFrom(text);
    const dataset = await datasetOf(experiment, null);
    const whole = await planExperiment(experiment, await planDigest(experiment, dataset));
    const plan = { ...whole, jobs: trainings(whole) };
    /** @param stopAt progress of trainings after which the run ends; null: none */
    const run = async (
      { results }: World,
      { now, stopAt, reason }: { now: () => number; stopAt: number | null; reason?: AppError },
    ) => {
      const events: RunEvent[] = [];
      const controller = new AbortController();
      let told = 0;
      const emit = (event: RunEvent): void => {
        events.push(event);
        if (event.type !== 'job-progress' || event.unit !== 'steps') return;
        told += 1;
        if (told === stopAt) controller.abort(reason);
      };
      const options = { experiment, dataset, executor, store: results, now, emit };
      const ran = runPlan(plan, { ...options, signal: controller.signal });
      const status = await ran.then(
        (outcome) => outcome.status,
        (error: unknown) => {
          if (error !== reason) throw error;
          return 'stopped' as const;
        },
      );
      const notes = events.flatMap((event) => (event.type === 'note' ? [event.text] : []));
      return { status, events, notes };
    };
    /** Everything that the trainings made, without the date: texts, and hashes of weights. */
    const made = async ({ results }: World) => {
      const all: Record<string, string> = {};
      for (const job of plan.jobs) {
        const { meta, parameters } = (await checkpointOf(results, job)) ?? {};
        const artefact = makesCheckpoint(job) ? null : await results.getArtefact(job.id);
        const bytes = new Uint8Array(parameters?.buffer ?? new ArrayBuffer());
        const hashes = [bytes, JSON.stringify(undated(artefact))].map(sha256Hex);
        const told = JSON.stringify({ ...meta, createdAt: '' });
        all[job.title] = [told, ...(await Promise.all(hashes))].join(' ');
      }
      return all;
    };
    return { plan, run, made };
  }

  it.each(Object.entries(DOCUMENTS))(
    '%s: the same bits, however often it is stopped',
    async (_, [text, stoppedJobs]) => {
      const { run, made } = await prepared(text);
      const still = () => 0;
      const whole = newWorld(still);
      const alone = await run(whole, { now: still, stopAt: null });
      expect(alone.status).toBe('done');
      expect(alone.notes.filter((note) => note.includes('continued at'))).toEqual([]);
      const expected = await made(whole);

      const stopped = newWorld(still);
      const continued = new Set<string>();
      let runs = 0;
      for (let status = 'stopped'; status === 'stopped'; runs++) {
        let time = 0;
        // By turns the user stops the run, and it dies: then what is left is from some step before.
        const dies = { now: () => (time += 4000), reason: TAKEN_OVER };
        const again = await run(stopped, {
          ...(runs % 2 === 0 ? { now: still } : dies),
          stopAt: 2 + (runs % 3),
        });
        for (const note of again.notes) if (note.includes(' is continued at ')) continued.add(note);
        ({ status } = again);
      }
      for (const title of stoppedJobs) {
        const own = [...continued].filter((note) => note.startsWith(`"${title}" `));
        expect(own, title).not.toEqual([]);
      }
      expect(continued.size).toBeGreaterThan(3);
      expect(await made(stopped)).toEqual(expected);
      expect(await stopped.snapshots.list()).toEqual([]);
    },
    120_000,
  );
});

async function checkpointOf(results: StoredResults, job: Job) {
  return makesCheckpoint(job) ? results.getCheckpoint(job.id) : null;
}

function undated(artefact: unknown): unknown {
  if (typeof artefact !== 'object' || artefact === null || !('origin' in artefact)) return artefact;
  return { ...artefact, origin: null };
}
