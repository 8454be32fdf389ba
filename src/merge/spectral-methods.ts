import type { MergeMethod } from './method.ts';
import { isoC } from './methods/iso-c.ts';

/** Methods on singular values, and iterative ones. */
export const SPECTRAL_METHODS: readonly MergeMethod[] = [isoC];
