import { expect } from 'vitest';
import type { CheckpointMeta } from '../../../src/lab/checkpoints/checkpoint-meta.ts';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import { makesCheckpoint } from '../../../src/lab/jobs/job-list.ts';
import { planExperiment } from '../../../src/lab/plan/plan.ts';
import { runPlan } from '../../../src/lab/run/run-plan.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { tinyExperiment } from '../document/documents.ts';
import { openWasm } from '../../support/machine/wasm.ts';

export const NOW = Date.UTC(2026, 0, 2);
export const TRAINING = 'training:\n';
export const MORE_EPOCHS = {
  'base: { epochs: 1 }': 'base: { epochs: 2 }',
  'pretrain: { epochs: 1 }': 'pretrain: { epochs: 4 }',
  'phase1: { epochs: 1 }': 'phase1: { epochs: 4 }',
};

/** The cells that are looked at, a first and a later stage. */
export const CELLS = ['train Games pretrain', 'train Games phase1'];

export const store = () => {
  const checkpoints = new CheckpointStore(new MemoryStore());
  return new StoredResults(checkpoints, new ArtefactStore(new MemoryStore()), () => NOW);
};

/** Runs the tiny experiment with more said of its training. @returns its cells and its notes */
export async function run(
  training: string,
  results = store(),
  changes: Record<string, string> = {},
) {
  const own = { ...MORE_EPOCHS, ...changes, [TRAINING]: `${TRAINING}  ${training}\n` };
  const experiment = tinyExperiment(own);
  const dataset = await datasetOf(experiment, null);
  const whole = await planExperiment(experiment, dataset.digest);
  // Only what is trained, and what that needs.
  const untrained = ['evaluate', 'merge', 'baseline'];
  const isNeeded = ({ kind, title }: { kind: string; title: string }) =>
    !untrained.includes(kind) && (kind !== 'train' || CELLS.includes(title));
  const plan = { ...whole, jobs: whole.jobs.filter(isNeeded) };
  const notes: string[] = [];
  const executor = await openWasm();
  await runPlan(plan, {
    ...{ experiment, dataset, executor, store: results },
    signal: new AbortController().signal,
    now: () => NOW,
    emit: (event) => {
      if (event.type === 'note') notes.push(event.text);
    },
  });
  const cells = new Map<string, { meta: CheckpointMeta; parameters: Float32Array }>();
  for (const job of plan.jobs.filter(makesCheckpoint)) {
    const stored = await results.getCheckpoint(job.id);
    if (stored !== null) cells.set(job.title, stored);
  }
  expect(executor.memory().liveBytes).toBe(0);
  return { cells, notes };
}

export const cellOf = ({ cells }: Awaited<ReturnType<typeof run>>, title: string) => {
  const cell = cells.get(title);
  if (cell === undefined) throw new Error(`no cell "${title}"`);
  return cell;
};
