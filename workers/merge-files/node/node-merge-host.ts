import { availableParallelism } from 'node:os';
import { chooseMachine } from '../../machine/choose-machine.ts';
import { nodeMachines, type NodeMachineOptions } from '../../node/node-machines.ts';
import { threadRanges, type ThreadRangesOptions } from '../../node/ranges/thread-ranges.ts';
import { MergeFilesService } from '../merge-files-service.ts';
import type { GivenFile } from '../merge-files-api.ts';
import type { MergeHost } from '../run-merge-task.ts';
import { OpenFiles } from './open-files.ts';
import { PartFolder } from './part-folder.ts';
import { partOutput } from './part-output.ts';

/** A file of a model's folder on this machine's disk. */
export interface DiskFile {
  readonly path: string;
  readonly name: string;
  readonly size: number;
  /** Why it cannot be read, to stand after its name. */
  readonly problem?: string;
}

export interface NodeMergeOptions extends NodeMachineOptions {
  /** Starts a thread that merges ranges of files. */
  readonly startRangeThread: ThreadRangesOptions['startThread'];
  /** Folders of the results, one a recipe. */
  readonly targets: readonly string[];
  readonly mayReplace: boolean;
  /** The files of a model that a recipe names, or why there are none. */
  readonly listModel: (recipe: number, reference: string) => Promise<readonly DiskFile[] | string>;
}

/** Merges of files in this thread, which reads and writes them itself. */
export interface NodeMerges {
  readonly host: MergeHost;
  /** Starts what a merge needs before it is known that there will be one. */
  prepare(): void;
  stop(): Promise<void>;
  /** Takes away what is not finished. */
  close(): Promise<void>;
}

export function nodeMerges(options: NodeMergeOptions): NodeMerges {
  const files = new OpenFiles();
  const now = (): number => performance.now();
  const machines = nodeMachines(options);
  const openExecutor = (choice: Parameters<MergeHost['files']['open']>[0]) =>
    chooseMachine(choice, machines);
  const { threads, startRangeThread: startThread, loadKernels } = options;
  const ranges = threadRanges({
    ...{ threads, startThread },
    ...(loadKernels !== undefined && { loadKernels }),
  });
  const service = new MergeFilesService({ openExecutor, ranges, now });
  const parts = options.targets.map((target) => new PartFolder(target, options.mayReplace));
  const inputs = options.targets.map(() => new Set<string>());
  const cores = availableParallelism();
  const host: MergeHost = {
    files: service,
    title: `Node ${process.version}, ${cores === 1 ? '1 core' : `${cores} cores`}`,
    listModel: async (recipe, reference) => {
      const listed = await options.listModel(recipe, reference);
      if (typeof listed === 'string') return listed;
      for (const { path } of listed) inputs[recipe]?.add(path);
      return listed.map(({ path, name, size, problem }): GivenFile =>
        problem === undefined ? files.source(path, name, size) : { path: name, problem },
      );
    },
    output: (recipe) => ({
      open: (isResult) => {
        const part = parts[recipe];
        if (part === undefined) throw new Error(`There is no recipe ${recipe}.`);
        return partOutput(part, isResult, files, inputs[recipe]);
      },
    }),
    now,
  };
  return {
    host,
    prepare: () => {
      ranges.prepare();
    },
    stop: () => service.stop(),
    close: async () => {
      service.close();
      await ranges.close();
      await files.close();
      for (const part of parts) part.remove();
    },
  };
}
