import type { Fault } from '../../src/core/errors.ts';
import type { JobSummary, RunEvent, SessionReport, WireError } from '../../src/lab/job/events.ts';
import type { RunLimits } from '../../src/lab/run/claims.ts';
import type { RunRecord } from '../../src/lab/report/run-info.ts';
import type { ResultRow } from '../../src/lab/results/results.ts';
import type { ExecutorChoice } from '../lab/api.ts';
import type { BaseSummary } from '../../src/lab/checkpoints/opened-base.ts';

/** What the terminal program asks of the headless page; the page fetches it from its server. */
export interface HeadlessTask {
  /** Text of the experiment document; null runs the embedded demo. */
  readonly document: string | null;
  readonly executor: ExecutorChoice;
  /** One job, or none but what is in the store. */
  readonly limits?: RunLimits;
  /** What results are compared with, in the place of the document's. */
  readonly reference?: string;
  /** Whether answers and data go to the out folder; absent: as the document says. */
  readonly users?: boolean;
  /** Fails where no hardware GPU computes. */
  readonly requireGpu?: boolean;
  /** Ends when the plan is told. */
  readonly isPlanOnly?: boolean;
}

/** One file of the data folder, as listed by `__data/index.json`. */
export interface DataFile {
  readonly name: string;
  readonly size: number;
  /** Why it cannot be read, to stand after its name. */
  readonly problem?: string;
}

/** What the headless page tells the terminal program. The last message is one of the last three. */
export type HeadlessMessage =
  | {
      readonly type: 'session';
      readonly report: SessionReport;
      /** Where it computes: "Node v22.1.0, 8 cores", "a browser". */
      readonly host: string;
    }
  | {
      readonly type: 'importing';
      readonly what: 'data' | 'base';
      readonly doneBytes: number;
      readonly totalBytes: number;
    }
  | { readonly type: 'base'; readonly summary: BaseSummary }
  /** Something about the input, the store or this machine that is worth knowing and stops nothing. */
  | { readonly type: 'note'; readonly text: string }
  | {
      readonly type: 'planned';
      readonly name: string;
      readonly jobs: readonly JobSummary[];
      /** How many of the jobs are in the store already. */
      readonly finished: number;
      readonly leaks: number;
      readonly parameters: number;
      readonly notes: readonly string[];
      /** What training takes at most. */
      readonly memoryBytes: number;
      /** Upper bounds of the jobs' seconds, in their order; only where the plan alone is wanted. */
      readonly jobSeconds?: readonly number[];
    }
  | { readonly type: 'events'; readonly events: readonly RunEvent[] }
  | { readonly type: 'written'; readonly path: string }
  | {
      readonly type: 'ended';
      readonly status: 'done' | 'stopped';
      readonly seconds: number;
      readonly rows: readonly ResultRow[];
      /** Where results were compared with one of them. */
      readonly compared?: Pick<RunRecord, 'differences'> & { readonly reference: string };
    }
  | {
      /** The document or the data are wrong: the caller's mistake, with its places. */
      readonly type: 'refused';
      readonly error: WireError;
      readonly faults: readonly Fault[];
    }
  | { readonly type: 'failed'; readonly error: WireError; readonly faults: readonly Fault[] };

/** Names under which the page and the terminal program find each other on `globalThis`. */
export interface HeadlessBridge {
  /** Set by the terminal program before the page loads. */
  mmgridTell?: (message: HeadlessMessage) => Promise<void>;
  /** Set by the page: asks the run to stop at its next safe point. */
  mmgridStop?: () => Promise<void>;
}
