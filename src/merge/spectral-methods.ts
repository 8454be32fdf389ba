import type { MergeMethod } from './method.ts';

/** Methods on singular values, and iterative ones. */
export const SPECTRAL_METHODS: readonly MergeMethod[] = [];
