import type { CheckpointMeta } from './checkpoint-meta.ts';

export interface StoredCheckpoint {
  readonly meta: CheckpointMeta;
  /** The arena, in the layout of `parameterLayout(meta.config)`. */
  readonly parameters: Float32Array<ArrayBuffer>;
}

/**
 * What a run needs from storage: results under the id of the job that made them. A `put` is
 * acknowledged only when the whole value is stored, so that `has` never sees half a result.
 * @errors quota-exceeded, storage-unavailable, checkpoint-corrupt
 */
export interface LabStore {
  hasArtefact(id: string): Promise<boolean>;
  /** null when absent. */
  getArtefact(id: string): Promise<unknown>;
  putArtefact(id: string, value: unknown): Promise<void>;
  hasCheckpoint(id: string): Promise<boolean>;
  /** null when absent. */
  getCheckpoint(id: string): Promise<StoredCheckpoint | null>;
  putCheckpoint(id: string, checkpoint: StoredCheckpoint): Promise<void>;
}
