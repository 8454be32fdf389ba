import type { CheckpointMeta } from '../checkpoints/checkpoint-meta.ts';
import type { OptimizerSettings } from '../job/job-settings.ts';
import { closeNegatives, closenessNotes } from './close-negatives.ts';
import type { JobContext } from './job-context.ts';

const HELD_OUT = {
  users: 'held-out users',
  time: 'the newest interactions, which were held out',
  window: 'the validation window',
} as const;

/** `curve`: absent where nothing of it is told. */
type NotedRun = Pick<CheckpointMeta, 'name' | 'settings' | 'choice' | 'warmup' | 'steps'> &
  Partial<Pick<CheckpointMeta, 'curve'>>;

/** What of a job's settings is looked at: cells of embeddings alone have a mask. */
interface NotedSettings {
  readonly optimizer?: OptimizerSettings;
  readonly paradigm?: { readonly mask?: 'item' | 'auto'; readonly falseNegative?: number };
}

/** Tells what a run decided by itself, new or from the store. */
export function tellTraining(
  run: Parameters<typeof trainingNotes>[0],
  { note, choice }: Pick<JobContext, 'note' | 'choice'>,
): void {
  trainingNotes(run).forEach(note);
  if (run.choice !== undefined) choice(run.choice);
}

/** What a run decided by itself, and what of its document it could not do as written. */
export function trainingNotes({
  name,
  settings,
  choice,
  warmup,
  steps,
  curve,
}: NotedRun): string[] {
  const notes: string[] = [];
  if (warmup !== undefined) {
    const { asked, used, total } = warmup;
    const what =
      used < total
        ? `is cut to ${used}, a quarter of the ${total} steps of a training; with a schedule named it is kept as written`
        : `takes all ${total} steps of a training: the learning rate never reaches its peak`;
    // Without a name, so that it is told once of all trainings that are as long.
    notes.push(`The warm-up of ${asked} steps ${what}.`);
  }
  const { optimizer, paradigm } = settings as NotedSettings;
  const close = closeNegatives(curve, choice?.trained ?? optimizer?.epochs ?? 1);
  if (close !== null) {
    const { mask, falseNegative: threshold = NaN } = paradigm ?? {};
    notes.push(...closenessNotes(name, close, { mask, threshold }));
  }
  const validation = optimizer?.validation;
  if (validation === undefined || steps === 0) return notes;
  const on = HELD_OUT[validation.by];
  if (choice === undefined || choice.values.length === 0) {
    return [
      ...notes,
      `Warning: ${name}: there is nobody among ${on}, so the last epoch is kept unseen.`,
    ];
  }
  const { epoch, trained, planned, averaged, values, improves, isHighest } = choice;
  const value = (at: number) => (values[at] ?? NaN).toFixed(4);
  const what = isHighest === true ? 'NDCG@10' : 'loss';
  const stopped = trained < planned ? `, stopped after ${trained}` : '';
  const mean = averaged > 1 ? `, the mean of ${averaged} epochs,` : '';
  const measured = `${what} ${value(epoch)}; ${value(0)} at the start, ${value(trained)} after the last`;
  const chosen = `epoch ${epoch} of ${planned}${stopped}${mean} is kept, the best on ${on} (${measured})`;
  notes.push(
    improves
      ? `${name}: ${chosen}.`
      : `Warning: ${name}: no epoch is better than the start on ${on}; ${chosen}.`,
  );
  return notes;
}
