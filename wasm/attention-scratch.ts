import { BLOCK_BYTES, COLUMNS, PANEL_BYTES } from './attention-blocks';

/**
 * Scratch of both backward kernels: a tile for edges, the blocks of scores and of their gradients,
 * the log-sum-exps and deltas of the columns, and up to four sets of panels. Dropout's factors come
 * after them, in both directions.
 */
export const SCORES: usize = 256;
export const GAINS: usize = SCORES + BLOCK_BYTES;
export const COLUMN_LSE: usize = GAINS + BLOCK_BYTES;
export const COLUMN_DELTA: usize = COLUMN_LSE + <usize>COLUMNS * 4;
export const PANELS0: usize = COLUMN_DELTA + <usize>COLUMNS * 4;
export const PANELS1: usize = PANELS0 + PANEL_BYTES;
export const PANELS2: usize = PANELS1 + PANEL_BYTES;
export const PANELS3: usize = PANELS2 + PANEL_BYTES;
export const MASK: usize = PANELS3 + PANEL_BYTES;
