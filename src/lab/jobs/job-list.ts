import { AppError } from '../../core/errors.ts';
import type { CheckpointJob, Job } from '../job/job.ts';
import { analysisJob } from './analyse.ts';
import { baseJob } from '../paradigms/semantic-id/base.ts';
import { baselineJob } from './baseline.ts';
import { clickDataJob } from '../paradigms/discriminative/click-data.ts';
import { clickStartJob } from '../paradigms/discriminative/click-start.ts';
import type { JobModule } from '../work/define-job.ts';
import { evaluateClickJob } from '../paradigms/discriminative/evaluate-click.ts';
import { evaluateJob } from './evaluate.ts';
import { extendJob } from './extend.ts';
import { idsJob } from '../paradigms/semantic-id/ids.ts';
import { itemTransformerJob } from './item-transformer.ts';
import { languageModelJob } from './language-model.ts';
import { mergeJob } from './merge.ts';
import { prepareJob } from './prepare.ts';
import { pretrainJob } from '../paradigms/discriminative/pretrain.ts';
import { searchJob } from './search.ts';
import { tokenizerJob } from './tokenizer.ts';
import { trainClickJob } from '../paradigms/discriminative/train-click.ts';
import { trainJob } from './train.ts';

/** Every kind of job: what is not listed here is not run. */
const JOBS: readonly JobModule[] = [
  prepareJob,
  tokenizerJob,
  idsJob,
  languageModelJob,
  extendJob,
  baseJob,
  trainJob,
  searchJob,
  mergeJob,
  evaluateJob,
  baselineJob,
  itemTransformerJob,
  clickDataJob,
  pretrainJob,
  clickStartJob,
  trainClickJob,
  evaluateClickJob,
  analysisJob,
];

const modules = new Map<string, JobModule>(JOBS.map((module) => [module.kind, module]));

/** All kinds, in the order in which they are listed. */
export function jobModules(): readonly JobModule[] {
  return [...modules.values()];
}

/** The module of a kind. @errors internal for a kind that nobody listed */
export function jobModule(kind: string): JobModule {
  const found = modules.get(kind);
  if (found !== undefined) return found;
  throw new AppError('internal', `No module runs jobs of kind "${kind}".`);
}

/**
 * Adds a kind that does not stand in the list: of an extension, or of a test.
 * @returns what takes it out again
 * @errors invalid-argument for a kind that there is
 */
export function registerJob(module: JobModule): () => void {
  if (modules.has(module.kind)) {
    throw new AppError('invalid-argument', `There is a kind of job "${module.kind}" already.`, {
      hint: 'Give the new kind another name: stored results are told apart by it.',
    });
  }
  modules.set(module.kind, module);
  return () => {
    modules.delete(module.kind);
  };
}

/** True for jobs whose result is a checkpoint (parameters), false for small artefacts. */
export function makesCheckpoint(job: Job): job is CheckpointJob {
  return jobModule(job.kind).makes === 'checkpoint';
}
