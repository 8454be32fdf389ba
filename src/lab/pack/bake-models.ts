import { AppError } from '../../core/errors.ts';
import { ENGINE_VERSION } from '../experiment/experiment-defaults.ts';
import { inputIds, type Job } from '../job/job.ts';
import { jobModule } from '../jobs/job-list.ts';
import type { Plan } from '../plan/plan.ts';
import { runPlan } from '../run/run-plan.ts';
import type { RunOptions } from '../run/run-options.ts';
import { packedWeights, type PackedResults } from './pack-models.ts';

/**
 * Runs a plan as a pack shows it: the grid is trained, each of its models is rounded to what the pack
 * holds, and everything else of the plan (merges, evaluations) is made of the rounded ones. Merged
 * weights are left out: they are made of the others at once.
 * @errors those of the run; checkpoint-missing where it was stopped
 */
export async function bakeModels(plan: Plan, options: RunOptions): Promise<PackedResults> {
  const { store, executor, experiment } = options;
  const models = plan.jobs.filter(isModel);
  const needed = withInputs(plan, models);
  await runPlan({ ...plan, jobs: plan.jobs.filter(({ id }) => needed.has(id)) }, options);
  const checkpoints: PackedResults['checkpoints'][number][] = [];
  for (const { id, title } of models) {
    const stored = await store.getCheckpoint(id);
    if (stored === null) throw new AppError('checkpoint-missing', `"${title}" was not made.`);
    const meta = { ...stored.meta, rounded: 'float16' } as const;
    const parameters = packedWeights(stored.parameters);
    await store.putCheckpoint(id, { meta, parameters });
    checkpoints.push({ id, meta, parameters });
  }
  await runPlan(plan, options);
  const artefacts: PackedResults['artefacts'][number][] = [];
  for (const { id, kind } of plan.jobs.filter((job) => jobModule(job.kind).makes === 'artefact')) {
    artefacts.push({ id, kind, value: await store.getArtefact(id) });
  }
  const machine = executor.profile.name;
  const seed = experiment.seeds[0] ?? 0;
  return { engine: ENGINE_VERSION, machine, seed, checkpoints, artefacts };
}

/** What a grid starts from, and its cells. */
function isModel({ kind }: Job): boolean {
  const model = jobModule(kind).model;
  return model !== null && model.role !== 'merge';
}

function withInputs({ jobs }: Plan, wanted: readonly Job[]): ReadonlySet<string> {
  const needed = new Set(wanted.map(({ id }) => id));
  for (const job of jobs.toReversed()) {
    if (needed.has(job.id)) for (const id of inputIds(job.inputs)) needed.add(id);
  }
  return needed;
}
