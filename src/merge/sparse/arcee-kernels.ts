import wgsl from '../../../shaders/merge/arcee.wgsl?raw';
import { read, readU32, u32, write } from '../../compute/kernel-fields.ts';
import { defineKernel, type Kernel } from '../../compute/kernel.ts';
import { arrayOf } from '../twin-array.ts';
import { blocksOf, groupsOfBlocks } from './blocks.ts';

const EPSILON = 1e-8;

function arceeKernel(entry: string, twin: Kernel['twin']): Kernel {
  return defineKernel({
    name: entry,
    wgsl,
    entry,
    bindings: [
      ...write('result'),
      ...read('base', 'model', 'scores'),
      ...readU32('blocks', 'rows'),
      ...read('thresholds'),
    ],
    uniforms: u32('blockCount'),
    groups: groupsOfBlocks,
    twin,
  });
}

/**
 * Scores |τ| · KL(softmax θ₁ ‖ softmax θᵦ) by rows of the last axis, and the choice between model
 * and base by them.
 * @shape   result, base, model, scores f32[arena], rows u32[segments·2] (first element, length)
 * @numeric scores: relative error <= 2e-5, or 1e-28 where rows hardly differ; the choice is exact for
 *          given scores; same bits on repeat
 */
export const arceeKernels = {
  scores: arceeKernel('arcee_scores', (buffers, uniforms) => {
    const [result, rows] = [arrayOf(buffers, 'result'), arrayOf(buffers, 'rows')];
    const [base, model] = [arrayOf(buffers, 'base'), arrayOf(buffers, 'model')];
    for (const { start, end, segment } of blocksOf(buffers, uniforms)) {
      const [first = 0, length = 1] = [0, 1].map((word) => rows[segment * 2 + word]);
      const skipped = Math.ceil((start - first) / length);
      for (let row = first + skipped * length; row < end; row += length) {
        const read = (values: typeof base) =>
          Array.from({ length }, (_, i) => values[row + i] ?? 0);
        const [origin, tuned] = [read(base), read(model)];
        const factor = divergence(softmax(tuned), softmax(origin));
        tuned.forEach((value, i) => {
          result[row + i] = Math.abs(value - (origin[i] ?? 0)) * factor;
        });
      }
    }
  }),
  select: arceeKernel('arcee_select', (buffers, uniforms) => {
    const [result, scores] = [arrayOf(buffers, 'result'), arrayOf(buffers, 'scores')];
    const [base, model] = [arrayOf(buffers, 'base'), arrayOf(buffers, 'model')];
    const thresholds = arrayOf(buffers, 'thresholds');
    for (const { start, end, segment } of blocksOf(buffers, uniforms)) {
      const threshold = thresholds[segment] ?? 0;
      for (let i = start; i < end; i++) {
        result[i] = ((scores[i] ?? 0) >= threshold ? model[i] : base[i]) ?? 0;
      }
    }
  }),
} as const;

function softmax(values: readonly number[]): number[] {
  const top = values.reduce((largest, value) => Math.max(largest, value), -Infinity);
  const powers = values.map((value) => Math.exp(value - top));
  const total = powers.reduce((sum, value) => sum + value, 0);
  return powers.map((value) => value / total);
}

/**
 * Σ (q + ε) φ(t) with φ(t) = (1 + t) ln(1 + t) − t and t = (p − q) / (q + ε): the terms of
 * Σ (p + ε) ln((p + ε) / (q + ε)) have both signs, which leaves nothing of a small divergence.
 */
function divergence(p: readonly number[], q: readonly number[]): number {
  return p.reduce((total, value, i) => {
    const other = (q[i] ?? 0) + EPSILON;
    const t = (value + EPSILON - other) / other;
    return total + other * Math.max(0, (1 + t) * Math.log1p(t) - t);
  }, 0);
}
