import type { BenchResult } from './result.ts';

export type BenchMessage =
  | { readonly type: 'note'; readonly text: string }
  | { readonly type: 'results'; readonly results: readonly BenchResult[] }
  | { readonly type: 'ended' }
  | { readonly type: 'failed'; readonly message: string };

/** Set by the terminal program before the page loads. */
export interface BenchBridge {
  mmgridTell?: (message: BenchMessage) => Promise<void>;
}
