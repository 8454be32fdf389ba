import type { EpochChoice } from './epoch-choice.ts';
import {
  choiceArena,
  TRAINER_ARENAS,
  type TrainPlan,
  type TrainSnapshots,
} from './train-snapshot.ts';
import type { ArenaKind } from '../../nn/graph/parameter-arena.ts';

type Arena = Float32Array<ArrayBuffer>;

/** What of a trainer a position is made of. */
interface Steps {
  readonly stepCount: number;
  arena(kind: ArenaKind): Promise<Arena>;
  restoreFrom(stepCount: number, part: (kind: ArenaKind) => Promise<Arena>): Promise<void>;
}

/**
 * Where a training is: the step of its trainer, and what its choice knew before the end of that step's
 * epoch, if it is the last one there. What such an end brings is done again after an interruption.
 */
export class Position {
  private readonly trainer: Steps;
  private readonly choice: EpochChoice | null;
  private readonly plan: TrainPlan;
  private readonly snapshots: TrainSnapshots | undefined;
  private known: ReturnType<EpochChoice['state']> | null = null;
  /** Steps of the newest snapshot. */
  private saved = 0;

  constructor(
    trainer: Steps,
    choice: EpochChoice | null,
    plan: TrainPlan,
    snapshots: TrainSnapshots | undefined,
  ) {
    this.trainer = trainer;
    this.choice = choice;
    this.plan = plan;
    this.snapshots = snapshots;
  }

  /** Takes up what an earlier run left. @returns steps that are done; 0: the training begins */
  async resume(): Promise<number> {
    const found = this.snapshots?.resume(this.plan) ?? null;
    if (found === null) return 0;
    await this.trainer.restoreFrom(found.step, (kind) => found.arena(kind));
    if (this.choice !== null && found.choice !== null) {
      const arenas: Arena[] = [];
      const names = found.arenas.filter((name) => !TRAINER_ARENAS.some((kind) => kind === name));
      for (const index of names.keys()) arenas.push(await found.arena(choiceArena(index)));
      this.choice.restore(found.choice, arenas);
    }
    this.saved = found.step;
    this.advance();
    return found.step;
  }

  /** After every step. */
  advance(): void {
    this.known = this.choice?.state() ?? null;
  }

  isDue(): boolean {
    return this.snapshots?.isDue() ?? false;
  }

  /** Leaves a snapshot of this step, where there is none. */
  async save(): Promise<void> {
    const { trainer, plan, known, snapshots } = this;
    const step = trainer.stepCount;
    if (snapshots === undefined || step === this.saved) return;
    const held = new Map(known?.arenas.map((arena, index) => [choiceArena(index), arena]));
    const kindOf = (name: string) => TRAINER_ARENAS.find((kind) => kind === name) ?? 'weights';
    await snapshots.save({
      plan,
      step,
      choice: known?.facts ?? null,
      arenas: [...TRAINER_ARENAS, ...held.keys()],
      arena: (name) => Promise.resolve(held.get(name) ?? trainer.arena(kindOf(name))),
    });
    this.saved = step;
  }
}
