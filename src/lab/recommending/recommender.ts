import type { Job } from '../job/job.ts';
import type { JobContext } from '../work/job-context.ts';
import type { AskedCustomer, Catalogue, Recommendation } from './recommendation.ts';

/**
 * How a paradigm recommends to one customer. It asks as the jobs of the plan do that measure models,
 * so that a list is the one behind the numbers in the results.
 */
export interface Recommender {
  /** Which model a job measures on the test, and where; null for jobs that do not. */
  measured(job: Job): { readonly model: string; readonly domain: string } | null;
  /** The same measurement of another checkpoint, as it is. @param job one that measures a model */
  ofModel(job: Job, checkpoint: string): Job;
  /** @param job one whose customers are asked about */
  catalogue(job: Job, context: JobContext): Catalogue;
  /**
   * @param job one that measures a model
   * @param of the one whose catalogue the customer is of: others may measure fewer customers
   * @errors checkpoint-missing, invalid-argument, non-finite, aborted, device-lost, limit-exceeded
   */
  answer(job: Job, context: JobContext, asked: AskedCustomer, of: Job): Promise<Recommendation>;
}
