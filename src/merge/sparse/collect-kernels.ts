import wgsl from '../../../shaders/merge/sparse-collect.wgsl?raw';
import { f32, read, readU32, u32, write } from '../../compute/kernel-fields.ts';
import { defineKernel, type Kernel } from '../../compute/kernel.ts';
import { arrayOf, uniformOf } from '../twin-array.ts';
import { blocksOf, groupsOfBlocks } from './blocks.ts';

function collectKernel(entry: string, twin: Kernel['twin']): Kernel {
  return defineKernel({
    name: `sparse_${entry}`,
    wgsl,
    entry,
    bindings: [
      ...write('sum', 'divisor'),
      ...read('delta', 'votes'),
      ...readU32('blocks'),
      ...read('weights'),
    ],
    uniforms: [...u32('blockCount', 'segmentCount', 'model'), ...f32('smallest')],
    groups: groupsOfBlocks,
    twin,
  });
}

/**
 * Weighted mean of the task vectors of the elected sign, with one weight a model and tensor;
 * `finish` divides and adds the base (bound as `delta`).
 * @shape   sum, divisor, delta, votes f32[arena], weights f32[models·segments]
 * @numeric f32, models in order; |y − f64| <= 1e-6 + 1e-6 |y|; same bits on repeat
 */
export const collectKernels = {
  collect: collectKernel('collect', (buffers, uniforms) => {
    const [sum, divisor] = [arrayOf(buffers, 'sum'), arrayOf(buffers, 'divisor')];
    const [delta, votes] = [arrayOf(buffers, 'delta'), arrayOf(buffers, 'votes')];
    const first = uniformOf(uniforms, 'model') * uniformOf(uniforms, 'segmentCount');
    const weights = arrayOf(buffers, 'weights');
    for (const { start, end, segment } of blocksOf(buffers, uniforms)) {
      const weight = weights[first + segment] ?? 0;
      for (let i = start; i < end; i++) {
        const [x, vote] = [delta[i] ?? 0, votes[i] ?? 0];
        if (!((x > 0 && vote >= 0) || (x < 0 && vote < 0))) continue;
        sum[i] = (sum[i] ?? 0) + weight * x;
        divisor[i] = (divisor[i] ?? 0) + weight;
      }
    }
  }),
  finish: collectKernel('collect_finish', (buffers, uniforms) => {
    const [sum, divisor] = [arrayOf(buffers, 'sum'), arrayOf(buffers, 'divisor')];
    const base = arrayOf(buffers, 'delta');
    const smallest = uniformOf(uniforms, 'smallest');
    for (const { start, end } of blocksOf(buffers, uniforms)) {
      for (let i = start; i < end; i++) {
        sum[i] = (base[i] ?? 0) + (sum[i] ?? 0) / Math.max(divisor[i] ?? 0, smallest);
      }
    }
  }),
} as const;
