import backwardWgsl from '../../../shaders/children-backward.wgsl?raw';
import logitsWgsl from '../../../shaders/child-logits.wgsl?raw';
import rowsWgsl from '../../../shaders/child-rows-backward.wgsl?raw';
import softmaxWgsl from '../../../shaders/child-softmax.wgsl?raw';
import { AppError } from '../../core/errors.ts';
import { defineKernel, type TwinArray } from '../../compute/kernel.ts';
import type { Graph, Operand, Value } from '../graph/graph.ts';
import { uniform } from '../graph/op.ts';
import { perThread, read, readU32, u32, write } from '../../compute/kernel-fields.ts';

export interface ChildSoftmaxInputs {
  /** u32[N, 4]: first child, number of children (0 = not scored), first logit, target's place. */
  readonly runs: Operand;
  /** u32[S, 4]: first row, number of rows, the child's logit in the first, logits a row. */
  readonly groups: Operand;
  readonly hyper: Operand;
}

export interface ChildSoftmaxSizes {
  readonly rows: number;
  /** S: places for children; those of no row have a gradient of 0. */
  readonly children: number;
  /** Most children of a row. */
  readonly most: number;
  /** Logits of all rows together. */
  readonly logits: number;
  readonly width: number;
}

/**
 * Softmax cross-entropy of each row over its own run of children: those of one trie node, which
 * follow each other. Rows of one node follow each other, too: the node's children and rows are a
 * dense block of logits, and each child's gradient has one writer.
 *   loss[n] = log Σ_k e^(x_n·v_k) - x_n·v_target,  k over the children of row n
 * @shape   x f32[N, C], children v f32[S, C] -> loss f32[N] (unscaled, in nats; 0 = not scored)
 * @grad    scaled by hyper[0]; dX overwrites or accumulates, dChildren overwrites
 * @limits  C divisible by 4
 * @errors  none
 * @numeric f32, as `emitMatmul` and `emitCrossEntropy`; sums in fixed order, no atomics
 */
export function childSoftmax(
  graph: Graph,
  x: Value,
  children: Value,
  { runs, groups, hyper }: ChildSoftmaxInputs,
  { rows, children: places, most, logits: length, width }: ChildSoftmaxSizes,
): Value {
  const logits = graph.value('child logits', length);
  const loss = graph.value('loss', rows);
  const { target: dx, accumulate } = graph.gradientTarget(x);
  const { target: dchildren, accumulate: addsChildren } = graph.gradientTarget(children);
  if (addsChildren === 1) {
    throw new AppError('internal', 'The children of a softmax have no other consumer.');
  }
  graph.emit(LOGITS, { logits, x, children, runs }, { rows, most, width });
  graph.emit(SOFTMAX, { logits, loss, runs, hyper }, { rows });
  const back = { dlogits: logits };
  graph.emit(ROWS_BACKWARD, { dx, ...back, children, runs }, { rows, width, accumulate });
  graph.emit(
    CHILDREN_BACKWARD,
    { dchildren, ...back, x, groups_of: groups },
    { children: places, width },
  );
  return loss;
}

/** Words of an entry of `runs` and of `groups`. */
const WORDS = 4;

const LOGITS = defineKernel({
  name: 'child_logits',
  wgsl: logitsWgsl,
  entry: 'child_logits',
  bindings: [...write('logits'), ...read('x', 'children'), ...readU32('runs')],
  uniforms: u32('rows', 'most', 'width'),
  groups: perThread((uniforms) => uniform(uniforms, 'rows') * uniform(uniforms, 'most')),
  twin: (buffers, uniforms) => {
    type Names = 'logits' | 'x' | 'children' | 'runs';
    const { logits, x, children, runs } = buffers as Record<Names, TwinArray>;
    const width = uniform(uniforms, 'width');
    for (let row = 0; row < uniform(uniforms, 'rows'); row++) {
      const first = runs[row * WORDS]!;
      const start = runs[row * WORDS + 2]!;
      for (let k = 0; k < runs[row * WORDS + 1]!; k++) {
        let sum = 0;
        for (let c = 0; c < width; c++)
          sum += x[row * width + c]! * children[(first + k) * width + c]!;
        logits[start + k] = sum;
      }
    }
  },
});

const SOFTMAX = defineKernel({
  name: 'child_softmax',
  wgsl: softmaxWgsl,
  entry: 'child_softmax',
  bindings: [...write('logits', 'loss'), ...readU32('runs'), ...read('hyper')],
  uniforms: u32('rows'),
  groups: perThread((uniforms) => uniform(uniforms, 'rows')),
  twin: (buffers, uniforms) => {
    type Names = 'logits' | 'loss' | 'runs' | 'hyper';
    const { logits, loss, runs, hyper } = buffers as Record<Names, TwinArray>;
    for (let row = 0; row < uniform(uniforms, 'rows'); row++) {
      const start = runs[row * WORDS + 2]!;
      const end = start + runs[row * WORDS + 1]!;
      if (start === end) {
        loss[row] = 0;
        continue;
      }
      const target = start + runs[row * WORDS + 3]!;
      const wanted = logits[target]!;
      let peak = wanted;
      for (let k = start; k < end; k++) peak = Math.max(peak, logits[k]!);
      let total = 0;
      for (let k = start; k < end; k++) total += Math.exp(logits[k]! - peak);
      loss[row] = Math.log(total) + (peak - wanted);
      for (let k = start; k < end; k++) {
        logits[k] = (Math.exp(logits[k]! - peak) / total - Number(k === target)) * hyper[0]!;
      }
    }
  },
});

const ROWS_BACKWARD = defineKernel({
  name: 'child_rows_backward',
  wgsl: rowsWgsl,
  entry: 'rows_backward',
  bindings: [...write('dx'), ...read('dlogits', 'children'), ...readU32('runs')],
  uniforms: u32('rows', 'width', 'accumulate'),
  groups: perThread((uniforms) => (uniform(uniforms, 'rows') * uniform(uniforms, 'width')) / 4),
  twin: (buffers, uniforms) => {
    type Names = 'dx' | 'dlogits' | 'children' | 'runs';
    const { dx, dlogits, children, runs } = buffers as Record<Names, TwinArray>;
    const width = uniform(uniforms, 'width');
    const isAdding = uniform(uniforms, 'accumulate') !== 0;
    for (let row = 0; row < uniform(uniforms, 'rows'); row++) {
      const first = runs[row * WORDS]!;
      const start = runs[row * WORDS + 2]!;
      for (let c = 0; c < width; c++) {
        let sum = 0;
        for (let k = 0; k < runs[row * WORDS + 1]!; k++) {
          sum += dlogits[start + k]! * children[(first + k) * width + c]!;
        }
        dx[row * width + c] = isAdding ? dx[row * width + c]! + sum : sum;
      }
    }
  },
});

const CHILDREN_BACKWARD = defineKernel({
  name: 'children_backward',
  wgsl: backwardWgsl,
  entry: 'children_backward',
  bindings: [...write('dchildren'), ...read('dlogits', 'x'), ...readU32('groups_of')],
  uniforms: u32('children', 'width'),
  groups: perThread((uniforms) => (uniform(uniforms, 'children') * uniform(uniforms, 'width')) / 4),
  twin: (buffers, uniforms) => {
    type Names = 'dchildren' | 'dlogits' | 'x' | 'groups_of';
    const { dchildren, dlogits, x, groups_of: groups } = buffers as Record<Names, TwinArray>;
    const width = uniform(uniforms, 'width');
    for (let child = 0; child < uniform(uniforms, 'children'); child++) {
      const first = groups[child * WORDS]!;
      const start = groups[child * WORDS + 2]!;
      const stride = groups[child * WORDS + 3]!;
      for (let c = 0; c < width; c++) {
        let sum = 0;
        for (let i = 0; i < groups[child * WORDS + 1]!; i++) {
          sum += dlogits[start + i * stride]! * x[(first + i) * width + c]!;
        }
        dchildren[child * width + c] = sum;
      }
    }
  },
});

export const CHILD_SOFTMAX_KERNELS = [LOGITS, SOFTMAX, ROWS_BACKWARD, CHILDREN_BACKWARD];
