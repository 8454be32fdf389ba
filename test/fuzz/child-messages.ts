import type { Reproducer } from './corpus.ts';
import type { Finding } from './outcome.ts';
import type { FuzzTotals } from './run-fuzz.ts';

export type ChildTask =
  | { readonly does: 'write-corpus'; readonly kind: string }
  | {
      readonly does: 'read';
      readonly kind: string;
      readonly seed: number;
      readonly from: number;
      readonly to: number;
      /** Inputs that an earlier process died of. */
      readonly skip: readonly number[];
      readonly progressFile: string;
    };

type Files = Reproducer['files'];

export type ChildMessage =
  | { readonly type: 'written'; readonly bytes: number }
  | {
      readonly type: 'batch';
      readonly from: number;
      readonly to: number;
      readonly totals: FuzzTotals;
    }
  | (Finding & { readonly type: 'found'; readonly index: number; readonly files: Files })
  | { readonly type: 'lethal'; readonly index: number; readonly files: Files };
