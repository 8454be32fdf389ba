import type { ArenaKind } from '../../nn/graph/parameter-arena.ts';
import type { ChoiceFacts } from './epoch-choice.ts';

type Arena = Float32Array<ArrayBuffer>;

/** What a training is before its first step: one with another plan has other steps. */
export interface TrainPlan {
  readonly totalSteps: number;
  readonly microBatches: number;
  /** Of the model's arena. */
  readonly parameters: number;
}

/**
 * Where a training is after a step, before anything that an epoch's end brings: all that the rest of
 * it depends on. Batches, dropout and schedule are functions of the step.
 */
export interface TrainSnapshot {
  readonly plan: TrainPlan;
  /** Steps done. */
  readonly step: number;
  /** Of the epochs before; null where nothing is chosen. */
  readonly choice: ChoiceFacts | null;
  /** Names of its arenas: weights, both moments, and those that the choice holds. */
  readonly arenas: readonly string[];
  readonly arena: (name: string) => Promise<Arena>;
  /** What the caller of the loop adds, as JSON. */
  readonly own?: unknown;
}

/** Of a training whose state is kept on the way. What is computed never depends on when. */
export interface TrainSnapshots {
  /** Where an earlier run of the same training has come to; null: it begins. */
  readonly resume: (plan: TrainPlan) => TrainSnapshot | null;
  /** Asked after every step. */
  readonly isDue: () => boolean;
  /** Resolves when it is stored, or never will be. */
  readonly save: (snapshot: TrainSnapshot) => Promise<void>;
}

/** Arenas of the trainer in a snapshot, under their names. */
export const TRAINER_ARENAS: readonly ArenaKind[] = ['weights', 'm', 'v'];

/** The arenas that an epoch choice holds, in its order. */
export function choiceArena(index: number): string {
  return `choice ${String(index)}`;
}
