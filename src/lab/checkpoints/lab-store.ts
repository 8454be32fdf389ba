import type { CheckpointMeta } from './checkpoint-meta.ts';
import type { JobKind } from '../job/job.ts';

/** A trial is one merge of a search: a result of its own, but no job of the plan. */
export type ArtefactKind = JobKind | 'trial';

export interface StoredCheckpoint {
  readonly meta: CheckpointMeta;
  /** The arena, in the layout of `layoutOf(meta)`. */
  readonly parameters: Float32Array<ArrayBuffer>;
}

/**
 * What a run needs from storage: results under the id of the job that made them. A `put` is
 * acknowledged only when the whole value is stored, so that a `get` never sees half a result.
 * @errors quota-exceeded, storage-unavailable; checkpoint-corrupt from the `get`s
 */
export interface LabStore {
  /** null when absent. */
  getArtefact(id: string): Promise<unknown>;
  putArtefact(id: string, kind: ArtefactKind, value: unknown): Promise<void>;
  /** null when absent. */
  getCheckpoint(id: string): Promise<StoredCheckpoint | null>;
  putCheckpoint(id: string, checkpoint: StoredCheckpoint): Promise<void>;
  /** Those of the ids that have a result, by their heads alone: it may turn out to be damaged. */
  finishedOf(ids: readonly string[]): Promise<readonly string[]>;
}
