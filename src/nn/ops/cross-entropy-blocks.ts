import wgsl from '../../../shaders/cross-entropy-blocks.wgsl?raw';
import { defineKernel, type TwinArray } from '../../compute/kernel.ts';
import type { Graph, Operand } from '../graph/graph.ts';
import { uniform } from '../graph/op.ts';
import { perThread, read, u32, write } from '../../compute/kernel-fields.ts';

/** f32 a row: peak, sum of exponentials below it, the target's logit, unused. */
export const BLOCK_STATE = 4;

/**
 * Cross-entropy over logits that come in blocks of columns: every block is scanned, then every
 * block is computed again and becomes its gradient. Equals `crossEntropy` up to rounding.
 * @shape   logits f32[N, columns] of vocabulary columns [first, first + columns); state
 *          f32[N, BLOCK_STATE]; targets i32[N]; loss f32[N], written with the first block
 * @limits  blocks of a row are scanned in rising order, all before the first is applied
 * @errors  none
 * @numeric f32, running maximum and sum in block order; as `crossEntropy`
 */
export function emitCrossEntropyBlock(
  graph: Graph,
  part: 'scan' | 'apply',
  operands: { logits: Operand; loss: Operand; state: Operand; targets: Operand; hyper: Operand },
  sizes: { rows: number; columns: number; first: number },
): void {
  graph.emit(part === 'scan' ? SCAN : APPLY, { ...operands }, sizes);
}

const COMMON = {
  wgsl,
  bindings: [
    ...write('logits', 'loss', 'state'),
    { name: 'targets', type: 'i32', access: 'read' },
    ...read('hyper'),
  ],
  uniforms: u32('rows', 'columns', 'first'),
  groups: perThread((uniforms) => uniform(uniforms, 'rows')),
} as const;

type Names = 'logits' | 'loss' | 'state' | 'targets' | 'hyper';

const SCAN = defineKernel({
  ...COMMON,
  name: 'cross_entropy_scan',
  entry: 'scan',
  twin: (buffers, uniforms) => {
    const { logits, state, targets } = buffers as Record<Names, TwinArray>;
    const columns = uniform(uniforms, 'columns');
    const first = uniform(uniforms, 'first');
    for (let row = 0; row < uniform(uniforms, 'rows'); row++) {
      const target = targets[row]!;
      if (target < 0) continue;
      const base = row * columns;
      const at = row * BLOCK_STATE;
      const oldPeak = first === 0 ? -Infinity : state[at]!;
      let peak = oldPeak;
      for (let v = 0; v < columns; v++) peak = Math.max(peak, logits[base + v]!);
      let total = first === 0 ? 0 : state[at + 1]! * Math.exp(oldPeak - peak);
      for (let v = 0; v < columns; v++) total += Math.exp(logits[base + v]! - peak);
      state[at] = peak;
      state[at + 1] = total;
      if (first === 0) state.fill(0, at + 2, at + 4);
      const isHere = target >= first && target < first + columns;
      if (isHere) state[at + 2] = logits[base + target - first]!;
    }
  },
});

const APPLY = defineKernel({
  ...COMMON,
  name: 'cross_entropy_apply',
  entry: 'apply',
  twin: (buffers, uniforms) => {
    const { logits, loss, state, targets, hyper } = buffers as Record<Names, TwinArray>;
    const columns = uniform(uniforms, 'columns');
    const first = uniform(uniforms, 'first');
    for (let row = 0; row < uniform(uniforms, 'rows'); row++) {
      const target = targets[row]!;
      const base = row * columns;
      if (target < 0) {
        logits.fill(0, base, base + columns);
        if (first === 0) loss[row] = 0;
        continue;
      }
      const peak = state[row * BLOCK_STATE]!;
      const total = state[row * BLOCK_STATE + 1]!;
      if (first === 0) loss[row] = Math.log(total) + (peak - state[row * BLOCK_STATE + 2]!);
      for (let v = 0; v < columns; v++) {
        const p = Math.exp(logits[base + v]! - peak) / total;
        logits[base + v] = (first + v === target ? p - 1 : p) * hyper[0]!;
      }
    }
  },
});

export const CROSS_ENTROPY_BLOCK_KERNELS = [SCAN, APPLY];
