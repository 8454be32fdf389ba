import type { ByteSource } from '../../src/io/byte-source.ts';
import type { OutputFolder } from '../../src/io/output-folder.ts';
import type { ExecutorChoice, SessionReport } from '../../src/lab/job/events.ts';
import type { MergeReport } from '../../src/merge/stream/run-merge.ts';
import type { StepProgress } from '../../src/merge/stream/run-recipe.ts';

/**
 * A file of a model: chosen in the page, offered by the server of a run without a window, or already
 * open, where no thread stands between.
 */
export type GivenFile =
  | ByteSource
  | { readonly path: string; readonly blob: Blob }
  | { readonly path: string; readonly size: number; readonly url: string }
  | {
      readonly path: string;
      /** Why it cannot be read, to stand after its path. */
      readonly problem: string;
    };

/** A model that recipes may name. */
export interface GivenModel {
  readonly reference: string;
  readonly files: readonly GivenFile[];
}

/**
 * Where results go: a folder of the browser's file system, or of the server; or what opens one, where
 * no thread stands between.
 */
export type GivenOutput =
  | { readonly folder: FileSystemDirectoryHandle }
  | { readonly serverUrl: string }
  | { readonly open: (isResult: boolean) => Promise<OutputFolder> };

/** What a recipe will do, known from headers. */
export interface MergeOutlook {
  readonly steps: number;
  readonly tensors: number;
  /** Of the result's tensors. */
  readonly bytes: number;
  readonly largestTensorBytes: number;
  /** Lines for a screen: what holds at many places is one of them. */
  readonly notes: readonly string[];
}

export interface MergeFilesOptions {
  readonly maxShardBytes?: number | undefined;
  readonly budgetBytes?: number | undefined;
}

/** A method that recipes may name. */
export interface MethodEntry {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly needsBase: boolean;
  /** Most models besides a base. */
  readonly maxModels: number;
  /** Parameters that a recipe has to give, with values to start from. */
  readonly required: Readonly<Record<string, number>>;
}

/** What the worker that merges files offers. Errors arrive as AppError. */
export interface MergeFilesApi {
  /** Opens the executor asked for. @errors webgpu-unavailable, adapter-unavailable */
  open(choice: ExecutorChoice): Promise<SessionReport>;
  /** Methods for files: all but those that need training data. */
  methods(): Promise<readonly MethodEntry[]>;
  /** Models that a recipe names, steps of its own left out. @errors recipe-invalid */
  references(recipe: string): Promise<readonly string[]>;
  /** Checks a recipe against its models' headers; nothing is written. @errors recipe-invalid */
  check(recipe: string, models: readonly GivenModel[]): Promise<MergeOutlook>;
  /**
   * Merges and writes; the result appears complete or not at all.
   * @errors as check and runRecipe; aborted by stop
   */
  merge(
    recipe: string,
    models: readonly GivenModel[],
    output: GivenOutput,
    options: MergeFilesOptions,
    onProgress: (progress: StepProgress) => void,
  ): Promise<readonly MergeReport[]>;
  stop(): Promise<void>;
}
