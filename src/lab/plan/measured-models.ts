import { jobModule } from '../jobs/job-list.ts';
import type { Job } from '../job/job.ts';
import { shortNames } from '../results/differences.ts';

/**
 * Names of all models that a plan measures, as its results will call them, and of what stands for one
 * model of each domain: what a reference may be.
 */
export function measuredModels(jobs: readonly Job[], domains: readonly string[]): string[] {
  const models = jobs.flatMap((job) => jobModule(job.kind).measures(job));
  return [...new Set([...models, ...models.flatMap((model) => shortNames(model, domains))])];
}

/** Why a name cannot be the reference of a plan's results; null when it can. */
export function referenceFault(reference: string, models: readonly string[]): string | null {
  if (models.includes(reference)) return null;
  return `Nothing that is measured is called "${reference}". It may be one of: ${models.join(', ')}.`;
}
