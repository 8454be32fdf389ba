import type { Operand } from '../graph/graph.ts';
import type { DropoutSite } from './dropout-mask.ts';

/** Rates in [0, 1) by place; 0 leaves the place as it is without dropout. */
export interface DropoutRates {
  /** Of the stream into the first block. */
  readonly embedding: number;
  /** Of the probabilities. */
  readonly attention: number;
  /** Of what attention and feed-forward add to the stream. */
  readonly residual: number;
}

/** Dropout of a program: the rates, and what the masks of a run are drawn from. */
export interface Dropout extends DropoutRates {
  readonly draw: Operand;
}

/** Sites of a block; the embedding is site 0. */
const SITES = 3;

/** undefined: nothing is dropped there, and no kernel is emitted. */
export function embeddingSite({ draw, embedding }: Dropout): DropoutSite | undefined {
  return embedding === 0 ? undefined : { draw, site: 0, rate: embedding };
}

export function attentionSite(
  { draw, attention }: Dropout,
  layer: number,
): DropoutSite | undefined {
  return attention === 0 ? undefined : { draw, site: 1 + SITES * layer, rate: attention };
}

/** @param half 0: what attention adds, 1: what the feed-forward network adds */
export function residualSite(
  { draw, residual }: Dropout,
  layer: number,
  half: 0 | 1,
): DropoutSite | undefined {
  return residual === 0 ? undefined : { draw, site: 2 + SITES * layer + half, rate: residual };
}
