import { wholeArena } from '../../core/arena-source.ts';
import { AppError } from '../../core/errors.ts';
import { sameLayout, type ParameterLayout } from '../../core/layout.ts';
import { layoutOf } from '../paradigms/layout-of.ts';
import type { ArtefactStore } from '../../store/artefacts.ts';
import { UNHASHED_SCHEMA } from '../../store/checkpoint-manifest.ts';
import type { CheckpointStore } from '../../store/checkpoints.ts';
import type { SnapshotStore } from '../../store/snapshots.ts';
import type { CheckpointMeta } from '../checkpoints/checkpoint-meta.ts';
import {
  StoreHealth,
  type ArtefactKind,
  type CheckpointSource,
  type LabStore,
  type StoredCheckpoint,
} from '../checkpoints/lab-store.ts';

/** A run's results in the project's stores (IndexedDB, or memory where there is none). */
export class StoredResults implements LabStore {
  private readonly checkpoints: CheckpointStore;
  private readonly artefacts: ArtefactStore;
  private readonly now: () => number;

  readonly health: StoreHealth;
  readonly snapshots?: SnapshotStore;

  /**
   * @param now milliseconds since 1970
   * @param health of the stores, where it outlives these results
   * @param snapshots absent: an interrupted job begins anew
   */
  constructor(
    checkpoints: CheckpointStore,
    artefacts: ArtefactStore,
    now: () => number,
    health = new StoreHealth(),
    snapshots?: SnapshotStore,
  ) {
    this.checkpoints = checkpoints;
    this.artefacts = artefacts;
    this.now = now;
    this.health = health;
    if (snapshots !== undefined) this.snapshots = snapshots;
  }

  async getArtefact(id: string): Promise<unknown> {
    return (await this.artefacts.get(id))?.value ?? null;
  }

  async putArtefact(id: string, kind: ArtefactKind, value: unknown): Promise<void> {
    await this.artefacts.put(id, kind, value, new Date(this.now()).toISOString());
  }

  async getCheckpoint(id: string): Promise<StoredCheckpoint | null> {
    const opened = await this.openCheckpoint(id);
    return opened && { meta: opened.meta, parameters: await wholeArena(opened.parameters) };
  }

  async openCheckpoint(id: string): Promise<CheckpointSource | null> {
    const stored = await this.checkpoints.open(id);
    if (stored === null) return null;
    const { manifest, arena } = stored;
    const meta: unknown = manifest.meta;
    if (!isMeta(meta) || !describes(meta, manifest.layout)) {
      throw new AppError('checkpoint-corrupt', `"${manifest.name}" has no readable origin.`, {
        hint: 'Another version of this app wrote it. It will be made again.',
        details: { id },
      });
    }
    if (manifest.schema === UNHASHED_SCHEMA) this.health.reportUnhashed(id);
    return { meta, parameters: arena };
  }

  async putCheckpoint(id: string, { meta, parameters }: CheckpointSource): Promise<void> {
    const { name, config, createdAt } = meta;
    const layout = layoutOf(meta);
    const info = { name, layout, config: { ...config }, createdAt, meta: { ...meta } };
    try {
      await this.checkpoints.put(id, info, parameters);
    } catch (error) {
      const isFull = error instanceof AppError && error.code === 'quota-exceeded';
      // What is read from elsewhere is there already.
      if (isFull && parameters instanceof Float32Array) {
        this.health.keepUnsaved(id, { meta, parameters: new Float32Array(parameters) });
      }
      throw error;
    }
  }

  /**
   * Ids of the given ones that have a result. Asks for each: one unreadable entry, of another
   * version of this app say, must not hide the others.
   */
  async finishedOf(ids: readonly string[]): Promise<string[]> {
    const known = await Promise.all(ids.map((id) => this.has(id)));
    return ids.filter((_, index) => known[index]);
  }

  private async has(id: string): Promise<boolean> {
    try {
      return (await this.checkpoints.has(id)) || (await this.artefacts.has(id));
    } catch (error) {
      // Its job is made again.
      if (!(error instanceof AppError) || error.code !== 'checkpoint-corrupt') throw error;
      this.health.reportDamage(id, error.message);
      return false;
    }
  }
}

/** What is read of it here, of a kind that can be read. */
function isMeta(value: unknown): value is CheckpointMeta {
  if (typeof value !== 'object' || value === null) return false;
  const { schema, name, kind, createdAt, config, curve, parents } = value as Partial<
    Record<keyof CheckpointMeta, unknown>
  >;
  return (
    schema === 'mmgrid/1' &&
    [name, kind, createdAt].every((text) => typeof text === 'string') &&
    typeof config === 'object' &&
    config !== null &&
    Array.isArray(parents) &&
    (curve === null || isCurve(curve))
  );
}

function isCurve(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { steps, losses, gradNorms } = value as Partial<Record<string, unknown>>;
  return [steps, losses, gradNorms].every(Array.isArray);
}

/** Whether a model of this description has the layout that was stored with it. */
function describes(meta: CheckpointMeta, layout: ParameterLayout): boolean {
  try {
    return sameLayout(layoutOf(meta), layout);
  } catch {
    // A configuration that no model can have.
    return false;
  }
}
