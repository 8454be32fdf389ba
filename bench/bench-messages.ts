import type { BenchResult } from './suite.ts';

/** What `npm run bench` asks of the page. */
export interface BenchTask {
  readonly rounds: number;
  readonly executors: readonly ('webgpu' | 'cpu')[];
  /** Only suites whose name contains this; '' runs all. */
  readonly filter: string;
}

export type BenchMessage =
  | { readonly type: 'note'; readonly text: string }
  | { readonly type: 'results'; readonly results: readonly BenchResult[] }
  | { readonly type: 'ended' }
  | { readonly type: 'failed'; readonly message: string };

/** Set by the terminal program before the page loads. */
export interface BenchBridge {
  mmgridTell?: (message: BenchMessage) => Promise<void>;
}
