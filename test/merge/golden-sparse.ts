import type { GoldenRunner } from './golden-cases.ts';

/** Cases that need more than a merge with their parameters. */
export const SPARSE_RUNNERS: Readonly<Record<string, GoldenRunner>> = {};
