import wgsl from '../../../shaders/merge/sparse-ranks.wgsl?raw';
import { f32, read, readU32, u32, write } from '../../compute/kernel-fields.ts';
import { defineKernel } from '../../compute/kernel.ts';
import { arrayOf, uniformOf } from '../twin-array.ts';
import { blocksOf, groupsOfBlocks } from './blocks.ts';
import { TENSOR_WORDS } from './delta-kernels.ts';

/**
 * DELLA's keep probabilities: linear in the rank of |δ| within its row, from `low` for the smallest
 * to `high` for the largest; equal magnitudes rank by position. A row of one element: the mean.
 * @shape   probabilities, delta f32[arena]; rows as in `tensors`
 * @limits  time grows with elements × row length on a GPU
 * @numeric ranks exact; |p − f64| <= 2e-7
 * @source  Deep et al. 2024, arXiv:2406.11617
 */
export const rankProbabilities = defineKernel({
  name: 'sparse_rank_probabilities',
  wgsl,
  entry: 'rank_probabilities',
  bindings: [...write('probabilities'), ...read('delta'), ...readU32('blocks', 'tensors')],
  uniforms: [...u32('blockCount'), ...f32('low', 'high')],
  groups: groupsOfBlocks,
  twin: (buffers, uniforms) => {
    const probabilities = arrayOf(buffers, 'probabilities');
    const delta = arrayOf(buffers, 'delta');
    const tensors = arrayOf(buffers, 'tensors');
    const low = uniformOf(uniforms, 'low');
    const high = uniformOf(uniforms, 'high');
    const size = (i: number) => Math.abs(delta[i] ?? 0);
    for (const { start, end, segment } of blocksOf(buffers, uniforms)) {
      const words = [1, 2, 3].map((word) => tensors[segment * TENSOR_WORDS + word] ?? 0);
      const [first = 0, length = 1, stride = 1] = words;
      for (let i = start; i < end; i++) {
        const place = Math.floor((i - first) / stride) % length;
        // A row is ranked whole by the block that holds its first element.
        if (place > 0) continue;
        const members = Array.from({ length }, (_, j) => i + j * stride);
        members.sort((a, b) => size(a) - size(b) || a - b);
        members.forEach((member, rank) => {
          const share = length > 1 ? rank / (length - 1) : 0.5;
          probabilities[member] = low + (high - low) * share;
        });
      }
    }
  },
});
