import { AppError } from '../../core/errors.ts';
import { inputIds, type Job } from '../job/job.ts';
import { jobModule } from '../jobs/job-list.ts';
import type { Plan } from '../plan/plan.ts';
import type { JobContext } from '../work/job-context.ts';

/** What the store has of a job; why it is damaged, where it is. */
export interface StoredState {
  readonly isSound: boolean;
  readonly damage: string | null;
}

/** Whether a sound result is stored; a damaged one counts as none. */
export async function storedState(job: Job, context: JobContext): Promise<StoredState> {
  const { health } = context.store;
  try {
    const isSound = await jobModule(job.kind).isStored(job, context);
    // Whoever found the damage before may have put what was damaged out of the way.
    return { isSound, damage: isSound ? null : health.takeDamage(job.id) };
  } catch (error) {
    if (!isDamage(error)) throw error;
    return { isSound: false, damage: health.takeDamage(job.id) ?? error.message };
  }
}

/**
 * The jobs before this one whose results were sound when the run came to them and are damaged or gone
 * now, in the order of the plan: nothing that needs them can be made before they are made again.
 */
export async function lostInputs(
  job: Job,
  plan: Plan,
  contextOf: (job: Job) => JobContext,
): Promise<readonly { readonly job: Job; readonly damage: string }[]> {
  const needed = new Set([job.id]);
  for (const other of plan.jobs.toReversed()) {
    if (needed.has(other.id)) for (const id of inputIds(other.inputs)) needed.add(id);
  }
  const lost: { readonly job: Job; readonly damage: string }[] = [];
  for (const other of plan.jobs.filter(({ id }) => id !== job.id && needed.has(id))) {
    const { isSound, damage } = await storedState(other, contextOf(other));
    if (!isSound) lost.push({ job: other, damage: damage ?? 'It is no longer in the store.' });
  }
  return lost;
}

/** Whether a job failed for what is stored and not for what it does. */
export function isLoss(error: AppError): boolean {
  return error.code === 'checkpoint-corrupt' || error.code === 'checkpoint-missing';
}

export function isDamage(error: unknown): error is AppError {
  return error instanceof AppError && error.code === 'checkpoint-corrupt';
}

export function remade({ title }: Job, damage: string): string {
  return `Warning: "${title}" is made again, because what was stored of it was lost. ${damage}`;
}

export const UNHASHED =
  'An older build stored some of these checkpoints without a checksum of their descriptions: ' +
  'their weights are checked, but settings, curves and dates cannot be.';
