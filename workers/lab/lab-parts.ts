import type { AdapterProfile } from '../../src/compute/executor.ts';
import type { Claims } from '../../src/lab/run/claims.ts';
import type { ArtefactStore } from '../../src/store/artefacts.ts';
import type { CheckpointStore } from '../../src/store/checkpoints.ts';
import type { SnapshotStore } from '../../src/store/snapshots.ts';
import type { WriterLock } from '../../src/store/writer-lock.ts';
import type { OpenedExecutor } from '../machine/choose-machine.ts';
import type { ExecutorChoice, LabApi } from './api.ts';
import type { PrebakedSource } from './held-prebaked.ts';

/** What whoever starts the worker needs beside the API of the page. */
export interface LabWorkerApi extends LabApi {
  /**
   * Says which machine a worker before this one had, whose work is to be continued: no other one will do until
   * somebody chooses.
   */
  resume(choice: ExecutorChoice, profile: AdapterProfile): Promise<void>;
}

export interface LabStorage {
  readonly checkpoints: CheckpointStore;
  readonly artefacts: ArtefactStore;
  /** Where unfinished jobs have come to; absent where an interrupted one begins anew. */
  readonly snapshots?: SnapshotStore;
  /** What to tell the user about the storage now; '' when it works. */
  readonly notice: () => string;
  /** Aborts with the reason once the storage was closed under us; absent where nobody can. */
  readonly ended?: AbortSignal;
  /** Bytes of models from a hub that are kept; absent where none can be. */
  readonly downloadedBytes?: () => Promise<number>;
  /** null while another tab writes. */
  readonly lock: () => Promise<WriterLock | null>;
  /** Where several processes may write at a time: who makes which job. */
  readonly claims?: Claims;
}

export interface LabParts {
  readonly openExecutor: (choice: ExecutorChoice) => Promise<OpenedExecutor>;
  readonly openStorage: () => Promise<LabStorage>;
  /** Models that come with the page; absent where nothing does. */
  readonly prebaked?: PrebakedSource;
  /** Bytes of the computer's memory that are free; absent where they cannot be known. */
  readonly freeBytes?: () => number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}
