import type { ParameterLayout } from '../../core/layout.ts';
import { RandomStream } from '../../core/rng.ts';
import type { ModelConfig } from './config.ts';
import { parameterLayout } from './layout.ts';

/** Standard deviation of initial weights, as in GPT-2 and Qwen (`initializer_range`). */
export const INITIAL_DEVIATION = 0.02;

/**
 * Initial arena: norms 1, matrices N(0, 0.02²), projections into the residual stream divided by
 * √(2 · layers) so that its variance does not grow with depth.
 * @source Radford et al. 2019 (GPT-2) for the residual scaling
 */
export function initialParameters(config: ModelConfig, seed: number): Float32Array<ArrayBuffer> {
  return initialArena(parameterLayout(config), config.layers, seed);
}

/**
 * The same of any layout of such blocks.
 * @param zero tensors that begin at 0
 */
export function initialArena(
  layout: ParameterLayout,
  layers: number,
  seed: number,
  zero: readonly string[] = [],
): Float32Array<ArrayBuffer> {
  const arena = new Float32Array(layout.length);
  for (const { name, shape, offset, size } of layout.entries) {
    if (zero.includes(name)) continue;
    if (shape.length === 1) {
      arena.fill(1, offset, offset + size);
      continue;
    }
    const isResidual = name.endsWith('o_proj.weight') || name.endsWith('down_proj.weight');
    const deviation = INITIAL_DEVIATION / (isResidual ? Math.sqrt(2 * layers) : 1);
    const random = new RandomStream(seed, name);
    for (let i = 0; i < size; i++) arena[offset + i] = deviation * random.nextNormal();
  }
  return arena;
}
