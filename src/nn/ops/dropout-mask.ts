import { AppError } from '../../core/errors.ts';
import { nameToKey, threefry2x32 } from '../../core/rng.ts';
import type { TwinArray, Uniforms } from '../../compute/kernel.ts';
import type { Operand } from '../graph/graph.ts';
import { uniform } from '../graph/op.ts';

/**
 * Masks of dropout are never stored. Four neighbouring elements share the two words of
 * Threefry-2x32-20 at (place, site << 20 | block) under a key of (seed, step); each takes 16 bits and
 * is dropped where they lie below `threshold`. The place counts from the first row of the whole
 * batch, so that a batch in micro-batches has the masks of one in a piece.
 */
export interface DropoutSite {
  /** u32[DRAW_LENGTH], written before each run: the step's key, rows before this part, nothing. */
  readonly draw: Operand;
  /** Number of the place in the model, below 4096. */
  readonly site: number;
  /** In [0, 1); counts in steps of 2⁻¹⁶. */
  readonly rate: number;
}

export const DRAW_LENGTH = 4;

/** What the kernels take for a site. */
export function siteUniforms({ site, rate }: DropoutSite): Uniforms {
  checkRate(rate);
  const threshold = Math.min(65535, Math.round(rate * 65536));
  return { site, threshold, keep: 65536 / (65536 - threshold) };
}

/** @errors invalid-argument for a rate that would drop everything, or none at all */
export function checkRate(rate: number): void {
  if (rate >= 0 && rate < 1) return;
  throw new AppError('invalid-argument', `A dropout of ${rate} is not in [0, 1).`, {
    hint: 'A dropout of 1 would leave nothing to train on; 0.1 to 0.3 is usual, 0 is off.',
  });
}

/** Contents of `draw` for a part of an optimizer step whose first row is `firstRow` of the batch. */
export function drawOf(seed: number, step: number, firstRow: number): Uint32Array<ArrayBuffer> {
  const [key0, key1] = threefry2x32(seed, nameToKey('dropout'), step, 0);
  return Uint32Array.of(key0, key1, firstRow, 0);
}

/** Twin of the mask: 0 or the factor of what stays. `place` and `block` as in the doc above. */
export function keepFactor(
  draw: TwinArray,
  uniforms: Uniforms,
  place: number,
  block: number,
  lane: number,
): number {
  const counter = ((uniform(uniforms, 'site') << 20) | block) >>> 0;
  const words = threefry2x32(draw[0]!, draw[1]!, place >>> 0, counter);
  const word = words[lane >> 1]!;
  const bits = lane % 2 === 0 ? word & 0xffff : word >>> 16;
  return bits < uniform(uniforms, 'threshold') ? 0 : uniform(uniforms, 'keep');
}
