import { AppError } from '../../core/errors.ts';
import type { ParameterLayout } from '../../core/layout.ts';

type Arena = Float32Array<ArrayBuffer>;

/** What of a training run is kept. */
export interface EpochKeeping {
  /** Absent: the last epoch is kept. */
  readonly validation?: {
    /** Of what would be kept after an epoch, on data that the training does not see. */
    readonly measure: (parameters: Arena) => Promise<number>;
    readonly better: 'lower' | 'higher';
    /** Epochs without a better one after which training stops; null: all epochs are run. */
    readonly patience: number | null;
  };
  /** Absent: parameters are kept as they are after an epoch. */
  readonly average?: {
    /** The newest epochs that are averaged. */
    readonly epochs: number;
    /** @param arenas of at most as many epochs, oldest first @returns what is measured and kept */
    readonly mix: (arenas: readonly Arena[]) => Promise<Arena>;
  };
}

/** What a run keeps, given the layout of its model and a measure of what was held out, if any. */
export type KeepingFor = (
  layout: ParameterLayout,
  measure: ((parameters: Arena) => Promise<number>) | null,
) => EpochKeeping | undefined;

/** Which epoch a run kept, and by what. */
export interface TrainingChoice {
  /** Kept, from 1 on. */
  readonly epoch: number;
  readonly trained: number;
  readonly planned: number;
  /** Epochs that were averaged into what is kept. */
  readonly averaged: number;
  /** Of the start and of what each epoch would leave; empty without validation. */
  readonly values: readonly number[];
  /** False: no epoch is better than the start. */
  readonly improves: boolean;
  /** The highest value is the best; absent: the lowest. */
  readonly isHighest?: true;
}

/** What a choice knows after some epochs; arenas are named by their places in a list. */
export interface ChoiceFacts {
  readonly trained: number;
  readonly values: readonly number[];
  readonly kept: {
    readonly epoch: number;
    readonly averaged: number;
    readonly arena: number;
  } | null;
  /** Of the epochs that the next one is averaged with, oldest first. */
  readonly newest: readonly number[];
}

/** What a choice knows; `arenas` are those that the facts name. */
interface ChoiceState {
  readonly facts: ChoiceFacts;
  readonly arenas: readonly Arena[];
}

/**
 * Chooses among the epochs of a run. What is measured is what would be kept: the averages, where
 * epochs are averaged. The start is measured, too, but never chosen: a trained model is trained.
 * Among equal epochs the earlier one is kept.
 */
export class EpochChoice {
  private readonly keeping: EpochKeeping;
  private readonly planned: number;
  private newest: readonly Arena[] = [];
  private values: readonly number[] = [];
  private kept: {
    readonly epoch: number;
    readonly averaged: number;
    readonly arena: Arena;
  } | null = null;
  private trained = 0;
  /** What `state` gave, until something is learnt: it is asked after every step. */
  private told: ChoiceState | null = null;

  constructor(keeping: EpochKeeping, planned: number) {
    this.keeping = keeping;
    this.planned = planned;
  }

  /** Measures the start, epoch 0. */
  async begin(parameters: Float32Array): Promise<void> {
    const { validation } = this.keeping;
    if (validation !== undefined) await this.measure(parameters.slice());
  }

  /**
   * Takes the parameters after an epoch.
   * @returns whether training goes on
   * @errors non-finite for a measurement that is no number: nothing could be chosen by it
   */
  async add(parameters: Arena): Promise<boolean> {
    const { validation, average } = this.keeping;
    this.trained += 1;
    this.told = null;
    if (average !== undefined) {
      this.newest = [...this.newest, parameters].slice(-average.epochs);
    }
    const arena = average === undefined ? parameters : await average.mix(this.newest);
    const averaged = average === undefined ? 1 : this.newest.length;
    const offered = { epoch: this.trained, averaged, arena };
    if (validation === undefined) {
      this.kept = offered;
      return true;
    }
    const value = await this.measure(arena);
    const best = this.kept === null ? NaN : (this.values[this.kept.epoch] ?? NaN);
    if (this.kept === null || this.isBetter(value, best)) this.kept = offered;
    return validation.patience === null || this.trained - this.kept.epoch < validation.patience;
  }

  /** What it knows now, whatever it learns later. */
  state(): ChoiceState {
    if (this.told !== null) return this.told;
    const { trained, values, kept, newest } = this;
    const arenas = [...new Set([...newest, ...(kept === null ? [] : [kept.arena])])];
    const placed = kept && { ...kept, arena: arenas.indexOf(kept.arena) };
    const facts = {
      trained,
      values,
      kept: placed,
      newest: newest.map((one) => arenas.indexOf(one)),
    };
    this.told = { facts, arenas };
    return this.told;
  }

  /** Knows again what `state` told. @errors internal for an arena that is not given */
  restore({ trained, values, kept, newest }: ChoiceFacts, arenas: readonly Arena[]): void {
    const arenaAt = (index: number): Arena => {
      const arena = arenas[index];
      if (arena === undefined) throw new AppError('internal', 'A choice lacks an epoch.');
      return arena;
    };
    this.trained = trained;
    this.values = values;
    this.kept = kept && { ...kept, arena: arenaAt(kept.arena) };
    this.newest = newest.map(arenaAt);
    this.told = null;
  }

  result(): { readonly parameters: Arena; readonly choice: TrainingChoice } {
    const { kept, values, trained, planned } = this;
    if (kept === null) throw new AppError('internal', 'No epoch was trained.');
    const { epoch, averaged, arena } = kept;
    const improves = values.length === 0 || this.isBetter(values[epoch] ?? NaN, values[0] ?? NaN);
    const order = this.keeping.validation?.better === 'higher' ? { isHighest: true as const } : {};
    const choice = { epoch, trained, planned, averaged, values, improves, ...order };
    return { parameters: arena, choice };
  }

  private isBetter(value: number, than: number): boolean {
    return this.keeping.validation?.better === 'higher' ? value > than : value < than;
  }

  private async measure(arena: Arena): Promise<number> {
    const value = (await this.keeping.validation?.measure(arena)) ?? NaN;
    if (!Number.isFinite(value)) {
      throw new AppError('non-finite', `Validation gave no number after epoch ${this.trained}.`, {
        hint: 'Nothing was kept. Lower the learning rate.',
      });
    }
    this.values = [...this.values, value];
    this.told = null;
    return value;
  }
}
