import { AppError } from '../../core/errors.ts';
import { Recent } from '../../core/recent.ts';
import type { DomainData } from '../../rec/data/types.ts';
import type { Job } from '../job/job.ts';
import type { Plan } from '../plan/plan.ts';
import { JobSnapshots } from '../snapshots/job-snapshots.ts';
import type { ItemVectors } from '../work/item-vectors.ts';
import type { JobContext } from '../work/job-context.ts';
import { prepareDomain } from '../work/prepare-domain.ts';
import { RateMeter } from './rate-meter.ts';
import type { RunOptions } from './run-options.ts';

/** Domains and bases whose item vectors are kept: enough for two domains of two seeds. */
const KEPT_ITEM_VECTORS = 4;

/** What the jobs of a plan may use; what is computed for one of them is kept for the others. */
export function jobContexts(
  plan: Plan,
  options: Omit<RunOptions, 'claims' | 'limits'>,
  note: (text: string) => void,
): (job: Job) => JobContext {
  const { experiment, dataset, executor, store, imported = null, signal, now, emit } = options;
  const { minCount, startMs } = experiment.contexts.filter;
  const domains = new Map<string, DomainData>();
  const itemVectors = new Recent<ItemVectors>(KEPT_ITEM_VECTORS);
  const names = new Map(plan.jobs.map(({ id, title }) => [id, title]));
  for (const { name, id } of plan.checkpoints) names.set(id, name);
  const domainData = (domain: string) => {
    const known = domains.get(domain) ?? prepareDomain(dataset, { domain, minCount, startMs }).data;
    domains.set(domain, known);
    return known;
  };
  const kept = new Map<string, unknown>();
  const once = <Value>(key: string, make: () => Value): Value => {
    if (!kept.has(key)) kept.set(key, make());
    // Whoever made it asked under the same key.
    return kept.get(key) as Value;
  };
  const checkpointName = (id: string) => {
    const name = names.get(id);
    if (name === undefined) throw new AppError('internal', `The plan has no job ${id}.`);
    return name;
  };
  return (job) => {
    const meter = new RateMeter();
    return {
      experiment,
      dataset,
      executor,
      store,
      ...(store.snapshots && {
        snapshots: new JobSnapshots({
          ...{ job, signal, now, note, store: store.snapshots },
          // Whoever only tells what is stored has no executor.
          get profile() {
            return executor.profile;
          },
        }),
      }),
      imported,
      signal,
      now,
      domainData,
      itemVectors,
      checkpointName,
      once,
      note,
      choice(choice) {
        emit({ type: 'choice', jobId: job.id, choice });
      },
      progress(done, total, unit) {
        const rate = meter.add(now(), done);
        emit({ type: 'job-progress', jobId: job.id, done, total, unit, rate });
        // Here and not only between jobs, where everything is freed.
        emit({ type: 'memory', memory: executor.memory() });
      },
      trials(search, trials, from) {
        emit({ type: 'trials', jobId: job.id, from, trials, search });
      },
      epochs(curve, epochs, from) {
        emit({ type: 'epochs', jobId: job.id, curve, from, epochs });
      },
      loss(curve) {
        emit({ type: 'loss', jobId: job.id, ...curve });
      },
    };
  };
}
