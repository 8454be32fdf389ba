import type { AdapterProfile } from '../../compute/executor.ts';
import type { Origin } from '../results/artefacts.ts';
import type { CheckpointMeta } from '../checkpoints/checkpoint-meta.ts';
import { ENGINE_VERSION } from '../experiment/experiment-defaults.ts';
import type { CheckpointJob } from '../job/job.ts';
import type { JobContext } from './job-context.ts';

/** Who computes, with which version, and when. */
export function originOf({ executor, now }: Pick<JobContext, 'executor' | 'now'>): Origin {
  return {
    backend: executor.profile.kind,
    adapter: executor.profile.name,
    engineVersion: ENGINE_VERSION,
    createdAt: new Date(now()).toISOString(),
  };
}

/** Threads change no bits. */
function cpuFlavour({ kind, features }: AdapterProfile): string[] {
  return kind === 'cpu' ? features.filter((feature) => feature !== 'threads').toSorted() : [];
}

/** What only the job itself knows about the checkpoint it made. */
export interface CheckpointFacts extends Pick<
  CheckpointMeta,
  | 'config'
  | 'paradigm'
  | 'behaviour'
  | 'compact'
  | 'itemVectors'
  | 'vocabulary'
  | 'tokenizer'
  | 'context'
  | 'semanticIds'
  | 'steps'
  | 'curve'
  | 'choice'
  | 'warmup'
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
  const { variants = [] } = context.executor.profile;
  const flavour = cpuFlavour(context.executor.profile);
  return {
    schema: 'mmgrid/1',
    id: job.id,
    name: context.checkpointName(job.id),
    kind: job.kind,
    experiment: context.experiment.name,
    engineVersion: origin.engineVersion,
    createdAt: origin.createdAt,
    adapter: {
      backend: origin.backend,
      name: origin.adapter,
      ...(variants.length === 0 ? {} : { variants: [...variants].sort() }),
      ...(flavour.length === 0 ? {} : { flavour }),
    },
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
