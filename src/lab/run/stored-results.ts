import { wholeArena } from '../../core/arena-source.ts';
import { AppError } from '../../core/errors.ts';
import { layoutOf } from '../paradigms/layout-of.ts';
import type { ArtefactStore } from '../../store/artefacts.ts';
import type { CheckpointStore } from '../../store/checkpoints.ts';
import type { CheckpointMeta } from '../checkpoints/checkpoint-meta.ts';
import type {
  ArtefactKind,
  CheckpointSource,
  LabStore,
  StoredCheckpoint,
} from '../checkpoints/lab-store.ts';

/** A run's results in the project's stores (IndexedDB, or memory where there is none). */
export class StoredResults implements LabStore {
  private readonly checkpoints: CheckpointStore;
  private readonly artefacts: ArtefactStore;
  private readonly now: () => number;

  /** @param now milliseconds since 1970 */
  constructor(checkpoints: CheckpointStore, artefacts: ArtefactStore, now: () => number) {
    this.checkpoints = checkpoints;
    this.artefacts = artefacts;
    this.now = now;
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
    const meta: unknown = stored.manifest.meta;
    if (!isMeta(meta)) {
      throw new AppError(
        'checkpoint-corrupt',
        `"${stored.manifest.name}" has no readable origin.`,
        {
          hint: 'Another version of this app wrote it. It will be made again.',
        },
      );
    }
    return { meta, parameters: stored.arena };
  }

  async putCheckpoint(id: string, { meta, parameters }: CheckpointSource): Promise<void> {
    const { name, config, createdAt } = meta;
    const layout = layoutOf(meta);
    const info = { name, layout, config: { ...config }, createdAt, meta: { ...meta } };
    await this.checkpoints.put(id, info, parameters);
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
      if (error instanceof AppError && error.code === 'checkpoint-corrupt') return false;
      throw error;
    }
  }
}

function isMeta(value: unknown): value is CheckpointMeta {
  return (
    typeof value === 'object' && value !== null && 'schema' in value && value.schema === 'mmgrid/1'
  );
}
