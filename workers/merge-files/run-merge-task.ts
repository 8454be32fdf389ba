import { AppError, toAppError, type Fault } from '../../src/core/errors.ts';
import type { GivenFile, GivenModel, GivenOutput, MergeFilesApi } from './merge-files-api.ts';
import type { MergeMessage, MergeTask } from './merge-messages.ts';

/** What a host of file merges has: a page with its worker, or Node. */
export interface MergeHost {
  readonly files: Pick<MergeFilesApi, 'open' | 'references' | 'check' | 'merge'>;
  /** As the first line names it. */
  readonly title: string;
  /** The files of a model that the recipe names, or why there are none. */
  readonly listModel: (recipe: number, reference: string) => Promise<readonly GivenFile[] | string>;
  /** Where the results of a recipe go. */
  readonly output: (recipe: number) => GivenOutput;
  readonly now: () => number;
}

/** Asked for by the terminal, which also stops the merge that is under way. */
export interface MergeStop {
  isAsked: boolean;
}

type Tell = (message: MergeMessage) => Promise<void>;

/**
 * One call of `npm run merge` on any host: checks all recipes, then merges one after the other.
 * Everything is told, nothing thrown.
 */
export async function runMergeTask(
  task: MergeTask,
  host: MergeHost,
  stop: MergeStop,
  tell: Tell,
): Promise<void> {
  try {
    await new TaskRun(task, host, stop, tell).run();
  } catch (error) {
    await tell(failedBy(error));
  }
}

/** How a call that threw ends. */
export function failedBy(thrown: unknown): MergeMessage {
  const { code, message, hint, faults } = toAppError(thrown);
  return { type: 'failed', error: { code, message, hint }, faults };
}

class TaskRun {
  private readonly task: MergeTask;
  private readonly host: MergeHost;
  private readonly stop: MergeStop;
  private readonly tell: Tell;

  constructor(task: MergeTask, host: MergeHost, stop: MergeStop, tell: Tell) {
    this.task = task;
    this.host = host;
    this.stop = stop;
    this.tell = tell;
  }

  async run(): Promise<void> {
    const { task, host, stop, tell } = this;
    const report = await host.files.open(task.executor);
    await tell({ type: 'session', report, host: host.title });
    const checked = await this.checkAll();
    const isReady = checked.every((models) => models !== null);
    if (isReady && !task.isCheck) await this.mergeAll(checked);
    await tell({ type: 'ended', isStopped: stop.isAsked });
  }

  /** Models of each recipe; null for a recipe with faults, which have been told. */
  private async checkAll(): Promise<(readonly GivenModel[] | null)[]> {
    const { files } = this.host;
    const all: (readonly GivenModel[] | null)[] = [];
    for (const [recipe, text] of this.task.recipes.entries()) {
      const models = await this.attempt(recipe, async () => {
        const found = await this.findModels(recipe, await files.references(text));
        await this.tell({ type: 'checked', recipe, outlook: await files.check(text, found) });
        return found;
      });
      all.push(models);
    }
    return all;
  }

  private async mergeAll(checked: readonly (readonly GivenModel[] | null)[]): Promise<void> {
    const { task, host, tell } = this;
    for (const [recipe, text] of task.recipes.entries()) {
      if (this.stop.isAsked) return;
      const started = host.now();
      await this.attempt(recipe, async () => {
        const reports = await host.files.merge(
          text,
          checked[recipe] ?? [],
          host.output(recipe),
          task.options,
          (progress) => void tell({ type: 'progress', recipe, progress }),
        );
        const seconds = (host.now() - started) / 1000;
        await tell({ type: 'merged', recipe, reports, seconds });
      });
    }
  }

  private async attempt<T>(recipe: number, action: () => Promise<T>): Promise<T | null> {
    try {
      return await action();
    } catch (thrown) {
      const { code, message, hint, faults } = toAppError(thrown);
      if (code === 'aborted' && this.stop.isAsked) return null;
      await this.tell({ type: 'wrong', recipe, error: { code, message, hint }, faults });
      return null;
    }
  }

  /** The files of all models of a recipe. @errors checkpoint-missing, naming all that are not there */
  private async findModels(
    recipe: number,
    references: readonly string[],
  ): Promise<readonly GivenModel[]> {
    const found: GivenModel[] = [];
    const missing: Fault[] = [];
    for (const reference of references) {
      const files = await this.host.listModel(recipe, reference);
      if (typeof files === 'string') missing.push({ place: reference, message: files });
      else found.push({ reference, files });
    }
    if (missing.length === 0) return found;
    throw new AppError('checkpoint-missing', missing.map(({ message }) => message).join(' '), {
      hint: 'Nothing was merged. Paths in a recipe are relative to its file.',
      faults: missing.map(({ place }) => ({ place, message: 'no such folder or file' })),
    });
  }
}
