import wgsl from '../../../shaders/cross-entropy-split.wgsl?raw';
import { defineKernel, type TwinArray } from '../../compute/kernel.ts';
import type { Graph, Operand } from '../graph/graph.ts';
import { uniform } from '../graph/op.ts';
import { perThread, read, readU32, u32, write } from '../../compute/kernel-fields.ts';

/** Per row: the tokens that compete, and what the row's loss counts. */
export interface SplitOperands {
  /** u32[N, 2]: [first, end) tokens of the target's level; holds the target. */
  readonly ranges: Operand;
  /** f32[N]. */
  readonly weights: Operand;
}

/**
 * Split softmax cross-entropy: a token of a semantic id competes with the codes of its own level
 * only; a level may weigh more than others.
 *   loss[n] = w[n] (log Σ_{v in range(n)} e^z[n,v] - z[n, target])
 * @shape   logits f32[N, V], targets i32[N], ranges u32[N, 2], weights f32[N], hyper f32[1+]
 *          -> loss f32[N] (not divided, in nats)
 * @grad    written in place of the logits, scaled by hyper[0]; 0 outside the range
 * @limits  targets within their range or -100 = not scored (checked on the host)
 * @errors  none
 * @numeric f32; as `emitCrossEntropy`, times the weight
 * @source  Zheng et al. 2024, arXiv:2311.09049 (LC-Rec's per-level codes)
 */
export function emitSplitCrossEntropy(
  graph: Graph,
  operands: { logits: Operand; loss: Operand; targets: Operand; hyper: Operand } & SplitOperands,
  sizes: { rows: number; vocabulary: number },
): void {
  graph.emit(splitCrossEntropyKernel, { ...operands }, sizes);
}

export const splitCrossEntropyKernel = defineKernel({
  name: 'cross_entropy_split',
  wgsl,
  entry: 'split',
  bindings: [
    ...write('logits', 'loss'),
    { name: 'targets', type: 'i32', access: 'read' },
    ...read('hyper'),
    ...readU32('ranges'),
    ...read('weights'),
  ],
  uniforms: u32('rows', 'vocabulary'),
  groups: perThread((uniforms) => uniform(uniforms, 'rows')),
  twin: (buffers, uniforms) => {
    type Names = 'logits' | 'loss' | 'targets' | 'hyper' | 'ranges' | 'weights';
    const { logits, loss, targets, hyper, ranges, weights } = buffers as Record<Names, TwinArray>;
    const vocabulary = uniform(uniforms, 'vocabulary');
    for (let row = 0; row < uniform(uniforms, 'rows'); row++) {
      const base = row * vocabulary;
      const target = targets[row]!;
      if (target < 0) {
        logits.fill(0, base, base + vocabulary);
        loss[row] = 0;
        continue;
      }
      const first = base + ranges[2 * row]!;
      const end = base + ranges[2 * row + 1]!;
      const weight = weights[row]!;
      let peak = -Infinity;
      for (let at = first; at < end; at++) peak = Math.max(peak, logits[at]!);
      let total = 0;
      for (let at = first; at < end; at++) total += Math.exp(logits[at]! - peak);
      loss[row] = weight * (Math.log(total) + (peak - logits[base + target]!));
      logits.fill(0, base, first);
      for (let at = first; at < end; at++) {
        const p = Math.exp(logits[at]! - peak) / total;
        logits[at] = (at === base + target ? p - 1 : p) * weight * hyper[0]!;
      }
      logits.fill(0, end, base + vocabulary);
    }
  },
});

export const SPLIT_CROSS_ENTROPY_KERNELS = [splitCrossEntropyKernel];
