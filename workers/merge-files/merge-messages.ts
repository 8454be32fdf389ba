import type { Fault } from '../../src/core/errors.ts';
import type { SessionReport, WireError } from '../../src/lab/job/events.ts';
import type { MergeReport } from '../../src/merge/stream/run-merge.ts';
import type { StepProgress } from '../../src/merge/stream/run-recipe.ts';
import type { ExecutorChoice } from '../lab/api.ts';
import type { MergeFilesOptions, MergeOutlook } from './merge-files-api.ts';

/** What `npm run merge` asks of its host. */
export interface MergeTask {
  /** Texts of the recipe files. */
  readonly recipes: readonly string[];
  readonly executor: ExecutorChoice;
  readonly options: MergeFilesOptions;
  /** Stop after checking. */
  readonly isCheck: boolean;
}

/** What the host tells; `recipe` counts from 0. The last message is `ended` or `failed`. */
export type MergeMessage =
  | {
      readonly type: 'session';
      readonly report: SessionReport;
      /** Where it computes: "Node v20.20.2, 2 cores". */
      readonly host: string;
    }
  | { readonly type: 'note'; readonly text: string }
  | { readonly type: 'checked'; readonly recipe: number; readonly outlook: MergeOutlook }
  | { readonly type: 'progress'; readonly recipe: number; readonly progress: StepProgress }
  | {
      readonly type: 'merged';
      readonly recipe: number;
      readonly reports: readonly MergeReport[];
      readonly seconds: number;
    }
  | {
      /** This recipe was refused, or went wrong; the others are not affected. */
      readonly type: 'wrong';
      readonly recipe: number;
      readonly error: WireError;
      readonly faults: readonly Fault[];
    }
  | { readonly type: 'ended'; readonly isStopped: boolean }
  | { readonly type: 'failed'; readonly error: WireError; readonly faults: readonly Fault[] };

export interface MergeBridge {
  mmgridTell?: (message: MergeMessage) => Promise<void>;
  mmgridStop?: () => Promise<void>;
}
