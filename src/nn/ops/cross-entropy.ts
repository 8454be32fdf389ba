import wgsl from '../../../shaders/cross-entropy.wgsl?raw';
import lanesWgsl from '../../../shaders/cross-entropy-lanes.wgsl?raw';
import {
  defineKernel,
  linearGroups,
  type KernelVariant,
  type TwinArray,
} from '../../compute/kernel.ts';
import type { Graph, Operand } from '../graph/graph.ts';
import { uniform, type Tolerance } from '../graph/op.ts';
import { perThread, read, u32, write } from '../../compute/kernel-fields.ts';

export const CROSS_ENTROPY_TOLERANCE: Tolerance = { absolute: 4e-6, relative: 8e-6 };

/**
 * Softmax cross-entropy; the logits' memory becomes their gradient.
 *   loss[n] = log Σ_v e^z[n,v] - z[n, target],  dz = (softmax(z) - onehot) * hyper[0]
 * @shape   logits f32[N, V], targets i32[N], hyper f32[1+] -> loss f32[N] (unscaled, in nats)
 * @grad    written in place of the logits, scaled by hyper[0] = 1 / scored positions
 * @limits  targets < V or -100 = not scored (checked on the host)
 * @errors  none
 * @numeric f32; |loss - f64| <= 4e-6 + 8e-6 |loss|
 */
export function emitCrossEntropy(
  graph: Graph,
  operands: { logits: Operand; loss: Operand; targets: Operand; hyper: Operand },
  sizes: { rows: number; vocabulary: number },
): void {
  graph.emit(crossEntropyKernel, operands, sizes);
}

/** A workgroup a row; barriers are what software adapters are slow at. */
const LANES: KernelVariant = {
  name: 'lanes',
  wgsl: () => lanesWgsl,
  entry: 'cross_entropy',
  groups: (uniforms) => linearGroups(uniform(uniforms, 'rows'), 1),
  limits: { maxComputeInvocationsPerWorkgroup: 256 },
  suits: ({ isSoftware }) => !isSoftware,
};

export const crossEntropyKernel = defineKernel({
  name: 'cross_entropy',
  wgsl,
  entry: 'cross_entropy',
  bindings: [
    ...write('logits', 'loss'),
    { name: 'targets', type: 'i32', access: 'read' },
    ...read('hyper'),
  ],
  uniforms: u32('rows', 'vocabulary'),
  groups: perThread((uniforms) => uniform(uniforms, 'rows')),
  variants: [LANES],
  work: ({ rows = 0, vocabulary = 0 }) => {
    return { flops: 8 * rows * vocabulary, bytes: 8 * rows * vocabulary };
  },
  twin: (buffers, uniforms) => {
    type Names = 'logits' | 'loss' | 'targets' | 'hyper';
    const { logits, loss, targets, hyper } = buffers as Record<Names, TwinArray>;
    const vocabulary = uniform(uniforms, 'vocabulary');
    const scale = hyper[0]!;
    for (let row = 0; row < uniform(uniforms, 'rows'); row++) {
      const base = row * vocabulary;
      const target = targets[row]!;
      loss[row] = 0;
      if (target < 0) {
        logits.fill(0, base, base + vocabulary);
        continue;
      }
      let peak = -Infinity;
      for (let v = 0; v < vocabulary; v++) peak = Math.max(peak, logits[base + v]!);
      let total = 0;
      for (let v = 0; v < vocabulary; v++) total += Math.exp(logits[base + v]! - peak);
      loss[row] = Math.log(total) + (peak - logits[base + target]!);
      for (let v = 0; v < vocabulary; v++) {
        const p = Math.exp(logits[base + v]! - peak) / total;
        logits[base + v] = (v === target ? p - 1 : p) * scale;
      }
    }
  },
});

export const CROSS_ENTROPY_KERNELS = [crossEntropyKernel];
