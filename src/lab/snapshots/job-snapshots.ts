import * as v from 'valibot';
import type { AdapterProfile } from '../../compute/executor.ts';
import { AppError, toAppError, type ErrorCode } from '../../core/errors.ts';
import { canonicalJson } from '../../core/hash.ts';
import type { TrainedCell } from '../../rec/training/train-loop.ts';
import type { TrainSnapshot, TrainSnapshots } from '../../rec/training/train-snapshot.ts';
import type { Snapshot, SnapshotSource, SnapshotStore } from '../../store/snapshots.ts';
import type { LossCurve } from '../checkpoints/checkpoint-meta.ts';
import { ENGINE_VERSION } from '../experiment/experiment-defaults.ts';
import type { Job } from '../job/job.ts';
import { SnapshotClock } from './snapshot-clock.ts';
import {
  curveSources,
  machineHash,
  snapshotFacts,
  storedCurve,
  type SnapshotFacts,
} from './snapshot-facts.ts';

type Arena = Float32Array<ArrayBuffer>;

/** What a job's snapshots are made with. */
export interface SnapshotParts {
  readonly store: SnapshotStore;
  readonly job: Job;
  readonly profile: AdapterProfile;
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly note: (text: string) => void;
}

/** One training of a job, as its snapshots see it. */
export interface SnapshotTraining {
  readonly snapshots: TrainSnapshots;
  /** What an earlier run of the job had finished; null: it has to be trained. */
  readonly finished: TrainedCell | null;
}

interface Stored {
  readonly facts: SnapshotFacts;
  readonly snapshot: Snapshot;
}

interface Finished {
  readonly trained: TrainedCell;
  readonly curve: LossCurve;
}

/** Of a storage that does not take a snapshot: the training goes on without. */
const STORAGE_FAULTS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'quota-exceeded',
  'storage-unavailable',
  'version-mismatch',
]);

/**
 * Where the trainings of one job have come to: the state of the one that runs, and the results of those
 * before it. One that is damaged, or of another machine or engine, is told and not used.
 */
export class JobSnapshots {
  private readonly parts: SnapshotParts;
  private readonly finished: Finished[] = [];
  private stored: Promise<Stored | null> | null = null;
  private mayLie = false;

  constructor(parts: SnapshotParts) {
    this.parts = parts;
  }

  /**
   * The next training of the job.
   * @param curve of this run, as it grows
   * @param tell takes the curve of an earlier run, where this one goes on from there
   * @errors storage-unavailable
   */
  async next(curve: LossCurve, tell: (before: LossCurve) => void): Promise<SnapshotTraining> {
    const index = this.finished.length;
    const stored = await (this.stored ??= this.load());
    const over = stored?.facts.finished[index];
    if (stored !== null && over !== undefined) {
      const parameters = (await stored.snapshot.values(arenaName(index))) as Arena;
      tell(await storedCurve(curveName(index), stored.snapshot));
      return {
        snapshots: { resume: () => null, isDue: () => false, save: () => Promise.resolve() },
        finished: { parameters, ...over },
      };
    }
    const own = stored !== null && stored.facts.finished.length === index ? stored : null;
    const before = own && (await storedCurve(curveName(index), own.snapshot));
    const clock = new SnapshotClock(this.parts.now);
    const snapshots: TrainSnapshots = {
      resume: (plan) => {
        if (own === null || before === null) return null;
        const { facts, snapshot } = own;
        if (canonicalJson(plan) !== canonicalJson(facts.plan)) {
          this.tellForeign();
          return null;
        }
        tell(before);
        const { title } = this.parts.job;
        this.parts.note(`"${title}" is continued at step ${facts.step} of ${plan.totalSteps}.`);
        // Its reader takes only what was written under these names.
        return { ...facts, arena: (name) => snapshot.values(name) as Promise<Arena> };
      },
      isDue: () => clock.isDue(),
      save: (snapshot) => clock.during(() => this.save(snapshot, curve)),
    };
    return { snapshots, finished: null };
  }

  /** The training is over; others of the job may follow. */
  end(trained: TrainedCell, curve: LossCurve): void {
    this.finished.push({ trained, curve });
  }

  /**
   * The job is finished: nobody goes on from here any more.
   * @returns whether there was anything
   */
  async remove(): Promise<boolean> {
    if (!this.mayLie) return false;
    await this.parts.store.remove(this.parts.job.id);
    this.mayLie = false;
    return true;
  }

  private async save(snapshot: TrainSnapshot, curve: LossCurve): Promise<void> {
    const { store, job, note, signal, profile } = this.parts;
    // Whoever has taken over, or closed the storage, has it now.
    const reason: unknown = signal.reason;
    if (signal.aborted && reason instanceof AppError && reason.code !== 'aborted') return;
    const { plan, step, choice, arenas, own = null } = snapshot;
    const facts: SnapshotFacts = {
      engineVersion: ENGINE_VERSION,
      machine: await machineHash(profile),
      finished: this.finished.map(({ trained: { parameters: _parameters, ...rest } }) => rest),
      ...{ plan, step, choice, arenas, own },
    };
    const sources: SnapshotSource[] = [
      ...this.finished.flatMap(({ trained, curve: before }, index) => [
        { name: arenaName(index), read: () => trained.parameters },
        ...curveSources(curveName(index), before),
      ]),
      ...arenas.map((name) => ({ name, read: () => snapshot.arena(name) })),
      ...curveSources(curveName(this.finished.length), curve),
    ];
    try {
      await store.put(job.id, facts, sources);
      this.mayLie = true;
    } catch (thrown) {
      const error = toAppError(thrown);
      if (!STORAGE_FAULTS.has(error.code)) throw thrown;
      note(
        `Warning: "${job.title}" cannot store where it is: an interruption would lose its training. ${error.message}`,
      );
    }
  }

  private async load(): Promise<Stored | null> {
    const { store, job, note, profile } = this.parts;
    try {
      const snapshot = await store.get(job.id);
      if (snapshot === null) return null;
      this.mayLie = true;
      const parsed = v.safeParse(snapshotFacts, snapshot.facts);
      if (parsed.success && parsed.output.engineVersion === ENGINE_VERSION) {
        const isOurs = parsed.output.machine === (await machineHash(profile));
        if (isOurs) return { facts: parsed.output, snapshot };
      }
      this.tellForeign();
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.code !== 'checkpoint-corrupt') throw thrown;
      this.mayLie = true;
      note(
        `Warning: "${job.title}" begins anew: what was stored on its way is lost. ${error.message}`,
      );
    }
    return null;
  }

  private tellForeign(): void {
    const { job, note } = this.parts;
    note(
      `"${job.title}" begins anew: it was interrupted on another machine or by another version of this app.`,
    );
  }
}

function arenaName(training: number): string {
  return `training ${training}`;
}

function curveName(training: number): string {
  return `curve ${training}`;
}
