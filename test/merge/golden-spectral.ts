import type { GoldenRunner } from './golden-cases.ts';

/** Cases that need more than a merge with their parameters. */
export const SPECTRAL_RUNNERS: Readonly<Record<string, GoldenRunner>> = {};
