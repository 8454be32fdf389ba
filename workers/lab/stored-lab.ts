import type { WireError } from '../../src/lab/job/events.ts';
import { checkpointPieces } from '../../src/lab/export/export-checkpoint.ts';
import type { CheckpointSummary, ExportedFile } from './api.ts';
import { HeldStorage } from './held-storage.ts';
import type { LabParts } from './lab-parts.ts';
import { OpenExports } from './open-exports.ts';

/** What the lab tells of its storage, whatever runs. */
export class StoredLab {
  protected readonly parts: LabParts;
  protected readonly storage: HeldStorage;
  private readonly exports = new OpenExports();

  constructor(parts: LabParts) {
    this.parts = parts;
    this.storage = new HeldStorage(parts);
  }

  storageEnded(): Promise<WireError> {
    return this.storage.ended();
  }

  async checkpoints(): Promise<readonly CheckpointSummary[]> {
    return this.storage.summaries();
  }

  /** For a host in the same thread; see `checkpointPieces`. */
  async *exportPieces(id: string): AsyncGenerator<ExportedFile, void> {
    yield* checkpointPieces(await this.storage.holding(id), id);
  }

  async openExport(id: string): Promise<number> {
    return this.exports.add(this.exportPieces(id));
  }

  nextPiece(handle: number): Promise<ExportedFile | null> {
    return this.exports.next(handle);
  }

  closeExport(handle: number): Promise<void> {
    return this.exports.close(handle);
  }
}
