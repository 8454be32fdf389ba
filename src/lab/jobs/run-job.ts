import { AppError } from '../../core/errors.ts';
import {
  asArtefact,
  baselineArtefact,
  clickEvaluationArtefact,
  evaluationArtefact,
  searchArtefact,
} from '../results/artefacts.ts';
import type { SearchTrial } from '../results/artefacts.ts';
import type { Job, SearchJob } from '../plan/job.ts';
import type { LabStore, StoredCheckpoint } from '../run/lab-store.ts';
import { baselineRows, clickRows, evaluationRows } from '../results/result-rows.ts';
import type { ResultRow } from '../results/results.ts';
import { analyse } from './analyse.ts';
import { trainBase } from './base.ts';
import { itemTransformer } from './item-transformer.ts';
import { baseline } from './baseline.ts';
import { evaluate } from './evaluate.ts';
import { clickData } from './click-data.ts';
import { evaluateClicks } from './evaluate-click.ts';
import { buildIds } from './ids.ts';
import type { JobContext } from './job-context.ts';
import { extendBase, trainLanguageModel } from './language-model.ts';
import { merge } from './merge.ts';
import { prepareDomain } from './prepare.ts';
import { pretrain } from './pretrain.ts';
import { startClicks, trainClick } from './train-click.ts';
import { search } from './search.ts';
import { trainTokenizer } from './tokenizer.ts';
import { train } from './train.ts';

/**
 * Runs one job and stores its result under its id.
 * @errors whatever the job throws; non-finite when a checkpoint holds NaN or infinity
 */
export async function runJob(job: Job, context: JobContext): Promise<void> {
  const { store } = context;
  switch (job.kind) {
    case 'prepare':
      return store.putArtefact(
        job.id,
        job.kind,
        prepareDomain(context.dataset, job.settings).report,
      );
    case 'ids':
      return store.putArtefact(job.id, job.kind, await buildIds(job, context));
    case 'baseline':
      return store.putArtefact(job.id, job.kind, baseline(job, context));
    case 'evaluate':
      return store.putArtefact(job.id, job.kind, await evaluate(job, context));
    case 'item-transformer':
      return store.putArtefact(job.id, job.kind, await itemTransformer(job, context));
    case 'search':
      return store.putArtefact(job.id, job.kind, await search(job, context));
    case 'analysis':
      return store.putArtefact(job.id, job.kind, await analyse(job, context));
    case 'click-data':
      return store.putArtefact(job.id, job.kind, clickData(context));
    case 'evaluate-click':
      return store.putArtefact(job.id, job.kind, await evaluateClicks(job, context));
    case 'pretrain':
      return putFinite(store, job.id, await pretrain(job, context));
    case 'click-start':
      return putFinite(store, job.id, await startClicks(job, context));
    case 'train-click':
      return putFinite(store, job.id, await trainClick(job, context));
    case 'tokenizer':
      return store.putArtefact(job.id, job.kind, trainTokenizer(job, context));
    case 'language-model':
      return putFinite(store, job.id, await trainLanguageModel(job, context));
    case 'extend':
      return putFinite(store, job.id, await extendBase(job, context));
    case 'base':
      return putFinite(store, job.id, await trainBase(job, context));
    case 'train':
      return putFinite(store, job.id, await train(job, context));
    case 'merge':
      return putFinite(store, job.id, await merge(job, context));
  }
}

/** Result rows of a finished job; none for jobs that measure nothing. */
export async function rowsOf(runId: string, job: Job, store: LabStore): Promise<ResultRow[]> {
  if (job.kind === 'evaluate-click') {
    const stored: unknown = await store.getArtefact(job.id);
    return clickRows(runId, job, asArtefact(clickEvaluationArtefact, stored, job.title));
  }
  const isMeasured =
    job.kind === 'evaluate' || job.kind === 'baseline' || job.kind === 'item-transformer';
  if (!isMeasured) return [];
  const stored: unknown = await store.getArtefact(job.id);
  return job.kind === 'evaluate'
    ? evaluationRows(runId, job, asArtefact(evaluationArtefact, stored, job.title))
    : baselineRows(runId, job, asArtefact(baselineArtefact, stored, job.title));
}

/** Trials of a finished search, as they were told while it ran. */
export async function storedTrials(
  job: SearchJob,
  { store }: JobContext,
): Promise<readonly SearchTrial[]> {
  const stored: unknown = await store.getArtefact(job.id);
  return asArtefact(searchArtefact, stored, job.title).trials;
}

/** A diverged model must not become the start of another. */
async function putFinite(store: LabStore, id: string, checkpoint: StoredCheckpoint): Promise<void> {
  const bad = checkpoint.parameters.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new AppError('non-finite', `"${checkpoint.meta.name}" holds a value that is no number.`, {
      hint: 'Nothing was stored. Lower the learning rate or the clip norm and run again.',
      details: { element: bad },
    });
  }
  await store.putCheckpoint(id, checkpoint);
}
