import { reachabilityNotes } from '../../rec/semantic-ids/reachability.ts';
import { asArtefact, evaluationArtefact, idsArtefact } from '../results/artefacts.ts';
import type { Job } from '../plan/job.ts';
import type { LabStore } from '../run/lab-store.ts';

/** What the result of a job, new or stored, says of the data beside its numbers. */
export async function notesOfJob(job: Job, store: LabStore): Promise<readonly string[]> {
  if (job.kind === 'ids') {
    const { domain, ids } = asArtefact(idsArtefact, await store.getArtefact(job.id), job.title);
    return reachabilityNotes(domain, ids);
  }
  if (job.kind !== 'evaluate') return [];
  const stored: unknown = await store.getArtefact(job.id);
  const { unreachableTargets = 0, ranks } = asArtefact(evaluationArtefact, stored, job.title);
  if (unreachableTargets === 0) return [];
  const { domain, test } = job.settings;
  return [
    `Warning: ${domain}, ${test.name}: the target of ${String(unreachableTargets)} of ${String(ranks.length)} users shares its id with another item, ` +
      'so no model of semantic ids can recommend it; they count as misses.',
  ];
}
