import type { CheckpointMeta } from './checkpoint-meta.ts';
import type { CheckpointJob } from './job.ts';
import { originOf } from './jobs/job-context.ts';
import type { JobContext } from './jobs/job-context.ts';

/** What only the job itself knows about the checkpoint it made. */
export interface CheckpointFacts extends Pick<
  CheckpointMeta,
  'config' | 'vocabulary' | 'context' | 'semanticIds' | 'steps' | 'curve'
> {
  readonly parents: readonly { readonly role: string; readonly id: string }[];
}

/** The origin of a checkpoint: stored beside its parameters and exported as `mmgrid.json`. */
export function checkpointMeta(
  job: CheckpointJob,
  context: JobContext,
  facts: CheckpointFacts,
): CheckpointMeta {
  const origin = originOf(context);
  return {
    schema: 'mmgrid/1',
    id: job.id,
    name: context.checkpointName(job.id),
    kind: job.kind,
    experiment: context.experiment.name,
    engineVersion: origin.engineVersion,
    createdAt: origin.createdAt,
    adapter: { backend: origin.backend, name: origin.adapter },
    datasetDigest: context.dataset.digest,
    seed: job.seed,
    settings: { ...job.settings },
    ...facts,
    parents: facts.parents.map(({ role, id }) => ({
      role,
      id,
      name: context.checkpointName(id),
    })),
  };
}
