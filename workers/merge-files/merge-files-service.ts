import type { Executor } from '../../src/compute/executor.ts';
import { AppError } from '../../src/core/errors.ts';
import { elementCount } from '../../src/core/layout.ts';
import { noteLines } from '../../src/core/notes.ts';
import { brokenSource } from '../../src/io/import/broken-source.ts';
import { blobSource, type ByteSource } from '../../src/io/byte-source.ts';
import type { OutputFolder } from '../../src/io/output-folder.ts';
import type { ExecutorChoice, SessionReport } from '../../src/lab/job/events.ts';
import { invalidRecipe, recipesFrom } from '../../src/merge/recipe/parse-recipe.ts';
import { requiredParameters } from '../../src/merge/recipe/mergekit-rules.ts';
import { orderSteps } from '../../src/merge/recipe/order-steps.ts';
import { referencesOf } from '../../src/merge/recipe/recipe.ts';
import { MERGE_METHODS } from '../../src/merge/registry/registry.ts';
import type { RangeHost } from '../../src/merge/ranges/range-session.ts';
import type { MergeReport } from '../../src/merge/stream/run-merge.ts';
import {
  prepareRecipe,
  runRecipe,
  type FindFiles,
  type PreparedRecipe,
  type StepProgress,
} from '../../src/merge/stream/run-recipe.ts';
import { directoryOutput } from './directory-output.ts';
import type {
  GivenFile,
  GivenModel,
  GivenOutput,
  MergeFilesApi,
  MergeFilesOptions,
  MergeOutlook,
  MethodEntry,
} from './merge-files-api.ts';
import type { OpenedExecutor } from '../machine/choose-machine.ts';
import { rangeSource } from './range-source.ts';
import { serverOutput } from './server-output.ts';

/** Progress is told at most this often. */
const PROGRESS_MS = 100;

export interface MergeFilesParts {
  readonly openExecutor: (choice: ExecutorChoice) => Promise<OpenedExecutor>;
  /** Merges in ranges, whatever the machine; not where WebGPU was asked for by name. */
  readonly ranges: RangeHost;
  readonly now: () => number;
}

interface Checked {
  readonly recipe: string;
  readonly models: readonly GivenModel[];
  readonly prepared: PreparedRecipe;
}

/** Merges files on an executor of its own, one recipe at a time. */
export class MergeFilesService implements MergeFilesApi {
  private readonly parts: MergeFilesParts;
  private executor: Executor | null = null;
  private ranges: RangeHost | undefined;
  private current: AbortController | null = null;
  /** What a check has found out, for the merge of the same models that follows it here. */
  private checked: Checked | null = null;

  constructor(parts: MergeFilesParts) {
    this.parts = parts;
  }

  async open(choice: ExecutorChoice): Promise<SessionReport> {
    const { executor, report } = await this.parts.openExecutor(choice);
    this.executor?.destroy();
    this.executor = executor;
    this.ranges = choice === 'webgpu' ? undefined : this.parts.ranges;
    return report;
  }

  async methods(): Promise<readonly MethodEntry[]> {
    return MERGE_METHODS.filter(({ needs = [] }) => needs.length === 0).map((method) => ({
      id: method.id,
      title: method.title,
      summary: method.summary,
      needsBase: method.needsBase,
      maxModels: method.models.max,
      required: Object.fromEntries(requiredParameters(method.id).map((name) => [name, 0.5])),
    }));
  }

  async references(recipe: string): Promise<readonly string[]> {
    const order = orderSteps(recipesFrom(recipe));
    if (!order.ok) throw invalidRecipe(order.faults);
    const names = new Set(order.steps.map((step) => step.recipe.name));
    const all = order.steps.flatMap((step) => referencesOf(step.recipe));
    return [...new Set(all)].filter((reference) => !names.has(reference));
  }

  async check(recipe: string, models: readonly GivenModel[]): Promise<MergeOutlook> {
    const prepared = await prepareRecipe(recipe, finder(models));
    this.checked = { recipe, models, prepared };
    const { plans, notes } = prepared;
    const tensors = plans.at(-1)?.tensors ?? [];
    const sizes = plans.flatMap((plan) => plan.tensors.map(({ shape }) => elementCount(shape)));
    return {
      steps: plans.length,
      tensors: tensors.length,
      bytes: tensors.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      largestTensorBytes: 4 * sizes.reduce((most, size) => Math.max(most, size), 0),
      notes: noteLines(notes),
    };
  }

  async merge(
    recipe: string,
    models: readonly GivenModel[],
    output: GivenOutput,
    options: MergeFilesOptions,
    onProgress: (progress: StepProgress) => void,
  ): Promise<readonly MergeReport[]> {
    const { executor } = this;
    if (executor === null) throw new AppError('internal', 'No executor has been opened.');
    if (this.current !== null) {
      throw new AppError('invalid-argument', 'A merge of files is running already.', {
        hint: 'Wait for it, or stop it.',
      });
    }
    const controller = new AbortController();
    this.current = controller;
    let toldAt = Number.NEGATIVE_INFINITY;
    const tell = (progress: StepProgress): void => {
      const now = this.parts.now();
      if (now - toldAt < PROGRESS_MS && progress.doneBytes < progress.totalBytes) return;
      toldAt = now;
      onProgress(progress);
    };
    try {
      const prepared = await this.preparedOf(recipe, models);
      return await runRecipe(prepared, {
        ...{ executor, ranges: this.ranges },
        output: await outputOf(output, true),
        stepOutput: () => outputOf(output, false),
        ...options,
        signal: controller.signal,
        onProgress: tell,
      });
    } finally {
      this.current = null;
    }
  }

  private preparedOf(
    recipe: string,
    models: readonly GivenModel[],
  ): PreparedRecipe | Promise<PreparedRecipe> {
    const { checked } = this;
    this.checked = null;
    const isSame = checked?.recipe === recipe && checked.models === models;
    return isSame ? checked.prepared : prepareRecipe(recipe, finder(models));
  }

  stop(): Promise<void> {
    this.current?.abort();
    return Promise.resolve();
  }

  close(): void {
    this.executor?.destroy();
    this.executor = null;
  }
}

function finder(models: readonly GivenModel[]): FindFiles {
  return async (reference) => {
    const model = models.find((one) => one.reference === reference);
    if (model !== undefined) return model.files.map(sourceOf);
    throw new AppError('checkpoint-missing', `There is no model "${reference}".`, {
      hint: 'Give its folder.',
    });
  };
}

function sourceOf(file: GivenFile): ByteSource {
  if ('read' in file) return file;
  if ('problem' in file) return brokenSource(file.path, file.problem);
  return 'blob' in file ? blobSource(file.path, file.blob) : rangeSource(file);
}

function outputOf(output: GivenOutput, isResult: boolean): Promise<OutputFolder> {
  if ('open' in output) return output.open(isResult);
  return 'folder' in output
    ? directoryOutput(output.folder, isResult)
    : serverOutput(output.serverUrl, isResult);
}
