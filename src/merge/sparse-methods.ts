import type { MergeMethod } from './method.ts';

/** Methods that drop or choose elements of task vectors. */
export const SPARSE_METHODS: readonly MergeMethod[] = [];
