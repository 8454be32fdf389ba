import { AppError } from '../../core/errors.ts';
import type { CheckpointJob, Job } from '../job/job.ts';
import { analysisJob } from './analyse.ts';
import { baselineJob } from './baseline.ts';
import { paradigms } from '../paradigms/paradigm-list.ts';
import type { JobModule } from '../work/define-job.ts';
import { evaluateJob } from './evaluate.ts';
import { extendJob } from './extend.ts';
import { hybridJob } from './hybrid.ts';
import { itemTransformerJob } from './item-transformer.ts';
import { languageModelJob } from './language-model.ts';
import { mergeJob } from './merge.ts';
import { prepareJob } from './prepare.ts';
import { sasrecJob } from './sasrec.ts';
import { searchJob } from './search.ts';
import { tokenizerJob } from './tokenizer.ts';
import { trainJob } from './train.ts';

/** Kinds that several paradigms plan; those of one alone stand with it. Others are not run. */
const JOBS: JobModule[] = [
  prepareJob,
  tokenizerJob,
  languageModelJob,
  extendJob,
  trainJob,
  searchJob,
  mergeJob,
  evaluateJob,
  baselineJob,
  hybridJob,
  itemTransformerJob,
  sasrecJob,
  analysisJob,
];

/** All kinds, in the order in which they are listed, with those that one paradigm alone plans. */
export function jobModules(): readonly JobModule[] {
  return [...JOBS, ...paradigms().flatMap(({ jobs }) => jobs)];
}

/** The module of a kind. @errors internal for a kind that nobody listed */
export function jobModule(kind: string): JobModule {
  const found = jobModules().find((module) => module.kind === kind);
  if (found !== undefined) return found;
  throw new AppError('internal', `No module runs jobs of kind "${kind}".`);
}

/**
 * Adds a kind that does not stand in the list: of an extension, or of a test.
 * @returns what takes it out again
 * @errors invalid-argument for a kind that there is
 */
export function registerJob(module: JobModule): () => void {
  if (jobModules().some(({ kind }) => kind === module.kind)) {
    throw new AppError('invalid-argument', `There is a kind of job "${module.kind}" already.`, {
      hint: 'Give the new kind another name: stored results are told apart by it.',
    });
  }
  JOBS.push(module);
  return () => {
    JOBS.splice(JOBS.indexOf(module), 1);
  };
}

/** True for jobs whose result is a checkpoint (parameters), false for small artefacts. */
export function makesCheckpoint(job: Job): job is CheckpointJob {
  return jobModule(job.kind).makes === 'checkpoint';
}
