import type { MergeMethod } from './method.ts';

/** Methods on spheres and from Gram matrices, and those that need data. */
export const SPHERICAL_METHODS: readonly MergeMethod[] = [];
