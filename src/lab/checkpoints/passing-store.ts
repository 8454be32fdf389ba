import { wholeArena } from '../../core/arena-source.ts';
import type { ArtefactKind, CheckpointSource, LabStore, StoredCheckpoint } from './lab-store.ts';

/** Models in memory: those of the slider now and before, with what they are merged from. */
const KEPT = 4;

/**
 * A store that is read, and models beside it that are looked at and forgotten: nothing that is put is
 * written. The newest few are there.
 */
export class PassingStore implements LabStore {
  private readonly below: LabStore;
  private readonly passing: Map<string, CheckpointSource>;

  /** @param passing models of before: an id says what they are, whatever store is below */
  constructor(below: LabStore, passing = new Map<string, CheckpointSource>()) {
    this.below = below;
    this.passing = passing;
  }

  get health(): LabStore['health'] {
    return this.below.health;
  }

  getArtefact(id: string): Promise<unknown> {
    return this.below.getArtefact(id);
  }

  /** Vectors on the way to an answer: they would be made again. */
  putArtefact(_id: string, _kind: ArtefactKind, _value: unknown): Promise<void> {
    return Promise.resolve();
  }

  async getCheckpoint(id: string): Promise<StoredCheckpoint | null> {
    const own = this.passing.get(id);
    if (own === undefined) return this.below.getCheckpoint(id);
    const { meta, parameters } = own;
    return { meta, parameters: await wholeArena(parameters) };
  }

  async openCheckpoint(id: string): Promise<CheckpointSource | null> {
    return this.passing.get(id) ?? this.below.openCheckpoint(id);
  }

  putCheckpoint(id: string, checkpoint: CheckpointSource): Promise<void> {
    this.passing.delete(id);
    this.passing.set(id, checkpoint);
    for (const oldest of this.passing.keys()) {
      if (this.passing.size <= KEPT) break;
      this.passing.delete(oldest);
    }
    return Promise.resolve();
  }

  async finishedOf(ids: readonly string[]): Promise<readonly string[]> {
    const stored = new Set(await this.below.finishedOf(ids));
    return ids.filter((id) => stored.has(id) || this.passing.has(id));
  }
}
