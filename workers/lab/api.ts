import type {
  ExecutorChoice,
  SessionReport,
  JobSummary,
  RunEvent,
  WireError,
} from '../../src/lab/job/events.ts';
import type { RunLimits } from '../../src/lab/run/claims.ts';
import type { HubReference } from '../../src/io/hub/open-hub-model.ts';
import type { BaseSummary } from '../../src/lab/checkpoints/opened-base.ts';
import type { RunDataFile } from '../../src/lab/export/run-data.ts';
import type { PackFacts } from '../../src/lab/pack/pack-models.ts';
import type { ProbeResult } from '../../src/lab/run/live-merge.ts';
import type {
  RecommendAnswer,
  RecommendChoices,
  RecommendQuestion,
} from '../../src/lab/run/recommendations.ts';
import type { StepProfile } from '../../src/nn/transformer/profile-step.ts';
import type { AnalysisResult } from '../../src/lab/analysis/analysis-result.ts';
import type { ResultRow } from '../../src/lab/results/results.ts';
import type { Dataset } from '../../src/rec/data/types.ts';
import type { Fault } from '../../src/core/errors.ts';

/** What the lab worker offers through comlink. Errors arrive as AppError (own throw handler). */
export interface LabApi {
  /**
   * Opens the executor that is asked for and then closes the one before; when it cannot be opened,
   * the one before stays. With 'auto' it takes the fastest, and says why not a GPU.
   * @errors webgpu-unavailable, adapter-unavailable; invalid-argument while a run is in progress
   */
  open(choice: ExecutorChoice): Promise<SessionReport>;
  /**
   * Reads the checkpoint folder that documents with an imported base start from; it takes the place
   * of the one before, and none is left when it cannot be read.
   * @errors checkpoint-missing, layout-mismatch, safetensors-invalid, data-invalid, non-finite,
   *   limit-exceeded; aborted by closeBase; invalid-argument while a run is in progress
   */
  openBase(
    files: readonly NamedBlob[],
    onProgress?: (doneBytes: number, totalBytes: number) => void,
  ): Promise<BaseSummary>;
  /** Forgets the base, or ends its reading. */
  closeBase(): Promise<void>;
  /** Checks the document and plans it without running anything. Never throws for bad documents. */
  inspect(
    documentText: string,
    dataset: Dataset | null,
    purpose?: InspectionPurpose,
  ): Promise<Inspection>;
  /**
   * What a document would need of this machine's memory with the base in these files: only
   * configuration, tokenizer and headers are read. Empty for documents with faults of their own.
   * @errors as openBase, but for numbers that are none; data-missing and limit-exceeded where the
   *   base does not fit the document
   */
  baseNeed(files: readonly NamedBlob[], documentText: string): Promise<BaseNeed>;
  /**
   * Runs the plan; finished jobs come from the store. Events go through `port` in batches
   * (`RunEvent[]` per message, at most 4 messages a second plus one at every job boundary).
   * @param results 'own' by default
   */
  run(
    documentText: string,
    dataset: Dataset | null,
    port: MessagePort,
    limits?: RunLimits,
    results?: RunResults,
  ): Promise<RunOutcome>;
  /**
   * Tells what is stored of the document's jobs, or came with the page, as a run would have told it;
   * nothing is computed.
   * @param port receives batches of RunEvent; transfer it
   * @errors experiment-invalid; data-missing
   */
  recall(documentText: string, dataset: Dataset | null, port: MessagePort): Promise<RunOutcome>;
  /**
   * The data behind the results of a finished run, as they were filtered, split and drawn.
   * @errors experiment-invalid; invalid-argument while a run is in progress; checkpoint-missing
   */
  runData(documentText: string, dataset: Dataset | null): Promise<readonly RunDataFile[]>;
  /** Asks the current run to stop at the next safe point; finished cells are kept. */
  stop(): Promise<void>;
  /**
   * Times every kernel of one training step of the document's model.
   * @errors experiment-invalid; invalid-argument while a run is in progress; limit-exceeded
   */
  profileStep(documentText: string): Promise<StepProfile>;
  /**
   * Merges stored checkpoints as the document's merge of this name says, and measures the result
   * on the probe's users; nothing is stored. The newest request wins: one that waits is given up.
   * @errors aborted; experiment-invalid; checkpoint-missing; invalid-argument while a run is in
   *   progress, and for paradigms without probes
   */
  probeMerge(documentText: string, dataset: Dataset | null, merge: string): Promise<ProbeResult>;
  /**
   * Who can be asked about whom in a domain of the document.
   * @errors experiment-invalid; data-missing; invalid-argument for a domain without models
   */
  recommendChoices(
    documentText: string,
    dataset: Dataset | null,
    domain: string,
  ): Promise<RecommendChoices>;
  /**
   * What models recommend to one customer, also while a run is in progress; nothing is stored. The
   * newest question wins: one that waits is given up.
   * @errors aborted; experiment-invalid; checkpoint-missing; invalid-argument for unknown models,
   *   customers and items; non-finite
   */
  recommend(
    documentText: string,
    dataset: Dataset | null,
    question: RecommendQuestion,
  ): Promise<readonly RecommendAnswer[]>;
  /** Frees the memory of probes. */
  endProbes(): Promise<void>;
  /**
   * Resolves with the reason when the storage is closed under the lab: by a newer build in another tab,
   * or by who deletes the data of this site. A run has ended then; the next call opens it anew.
   */
  storageEnded(): Promise<WireError>;
  /** Checkpoints in the store. */
  checkpoints(): Promise<readonly CheckpointSummary[]>;
  /**
   * Opens the Hugging Face-layout folder of one checkpoint, also of the one that could not be stored, to be
   * read with `nextPiece` until that gives null. A large file comes in pieces that follow each other.
   * @returns a handle
   */
  openExport(id: string): Promise<number>;
  /** @errors checkpoint-missing, checkpoint-corrupt; invalid-argument for a closed one */
  nextPiece(handle: number): Promise<ExportedFile | null>;
  closeExport(handle: number): Promise<void>;
  deleteCheckpoint(id: string): Promise<void>;
  /**
   * Deletes the checkpoints of all documents but this one, to make room for it. Results stay.
   * @errors experiment-invalid; lock-lost while another tab runs; invalid-argument during a run
   */
  deleteOthers(documentText: string, dataset: Dataset | null): Promise<void>;
  close(): Promise<void>;
}

/** What an inspection is for, where it is not a whole run here: its memory is then told only. */
export interface InspectionPurpose {
  /** The plan is for other machines. */
  readonly isPlanOnly?: boolean;
  /** Id of the one job to run. */
  readonly job?: string;
}

/** What training and evaluation take, in words; as faults where this machine does not have it. */
export interface BaseNeed {
  readonly notes: readonly string[];
  readonly faults: readonly Fault[];
}

/**
 * What a run goes on from: what was made here, or what is shown, which came with the page while no model
 * of the plan was trained here.
 */
export type RunResults = 'own' | 'shown';

export type Inspection =
  | { readonly ok: false; readonly faults: readonly Fault[] }
  | {
      readonly ok: true;
      readonly name: string;
      readonly jobs: readonly JobSummary[];
      /** Names that results will be found under: what a reference may be. */
      readonly models: readonly string[];
      /** Ids of jobs whose artefact is in the store already. */
      readonly finished: readonly string[];
      /** Who made what is finished, where it came with the page; absent where it was made here. */
      readonly prebaked?: PackFacts;
      readonly contexts: readonly ContextStatistics[];
      /** Interactions of the future found in training data; must be 0. */
      readonly leaks: number;
      readonly parameters: number;
      readonly notes: readonly string[];
      /** What training takes at most; absent before an executor is open. */
      readonly memoryBytes?: number;
      /** This machine does not have it: the plan is for others, or for jobs that train nothing. */
      readonly lacksMemory?: boolean;
    };

/** Statistics of one domain, as shown in Data & contexts. */
export interface ContextStatistics {
  readonly domain: string;
  readonly users: number;
  readonly items: number;
  readonly interactions: number;
  /** Per stage, then the test window. */
  readonly periods: readonly {
    readonly name: string;
    readonly interactions: number;
    readonly users: number;
    readonly items: number;
    readonly samples: number;
    /** Share of the period's interactions on items first seen in it, 0…1. */
    readonly newItemShare: number;
  }[];
  /** Share of all interactions before the end of each month (UTC), without gaps. */
  readonly cumulative: readonly { readonly month: string; readonly share: number }[];
}

export interface RunOutcome {
  readonly status: 'done' | 'stopped';
  readonly seconds: number;
  readonly rows: readonly ResultRow[];
  /** The document's `analysis` section, in the order in which it was computed. */
  readonly analyses: readonly AnalysisResult[];
  /** Checkpoint ids by shown name ("Office/phase2/seed1"). */
  readonly checkpoints: readonly { readonly name: string; readonly id: string }[];
}

export interface CheckpointSummary {
  readonly id: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly createdAt: string;
}

export interface ExportedFile {
  readonly path: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A file under its name, which may be a path. */
export interface NamedBlob {
  readonly name: string;
  readonly blob: Blob;
}

/** What the hub worker offers: checkpoints from a hub, kept in the browser's storage. */
export interface HubApi {
  /**
   * Downloads what a base needs of a model, continuing what is kept; a download before it ends.
   * @errors access-denied, not-found, rate-limited, network-failed, checksum-mismatch, data-invalid,
   *   layout-mismatch and checkpoint-missing before the weights come, quota-exceeded, aborted
   */
  download(
    reference: HubReference,
    onProgress?: (doneBytes: number, totalBytes: number, file: string) => void,
  ): Promise<HubDownload>;
  /** Ends the download; what has come is kept. */
  cancel(): Promise<void>;
  /** What earlier downloads have left. */
  kept(): Promise<readonly KeptModel[]>;
  /** Deletes a kept model. */
  forget(id: string): Promise<void>;
}

export interface HubDownload {
  /** Name and commit: `org/tiny@1a2b3c4`. */
  readonly title: string;
  readonly files: readonly NamedBlob[];
}

export interface KeptModel {
  readonly id: string;
  readonly title: string;
  readonly keptBytes: number;
  /** All its files are there. */
  readonly isWhole: boolean;
}

/** What the import worker offers: files in, a checked data set out. Nothing is half-imported. */
export interface ImportApi {
  /**
   * @param sourceJson the experiment document's `data` section as JSON
   * @param files name → content; gzip is recognised by its magic bytes
   * @errors data-invalid (faults with file:line), data-missing
   */
  importFiles(
    sourceJson: string,
    files: readonly NamedBlob[],
    onProgress?: (doneBytes: number, totalBytes: number) => void,
  ): Promise<Dataset>;
}

export type { BaseSummary, ExecutorChoice, HubReference, RunEvent, ProbeResult, StepProfile };
