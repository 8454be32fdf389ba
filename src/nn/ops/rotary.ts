import backwardWgsl from '../../../shaders/rotary-backward.wgsl?raw';
import forwardWgsl from '../../../shaders/rotary.wgsl?raw';
import { defineKernel, type Uniforms } from '../../compute/kernel.ts';
import type { Graph, Operand, Parameter, Value } from '../graph/graph.ts';
import { uniform, type Tolerance } from '../graph/op.ts';
import { f32, perThread, read, readU32, u32, write } from '../../compute/kernel-fields.ts';
import { emitColumnSum, PARTIAL_ROWS } from './column-sum.ts';
import { rotaryBackward, rotaryForward, rotaryWeightPartial } from './rotary-twin.ts';

export const ROTARY_TOLERANCE: Tolerance = { absolute: 4e-6, relative: 8e-6 };

export interface HeadSizes {
  readonly heads: number;
  readonly kvHeads: number;
  readonly headWidth: number;
}

export interface RotaryInput {
  readonly qkv: Value;
  /** q and k norm weights, f32[2D], contiguous; null for Llama-shaped models. */
  readonly norm: Parameter | null;
  /** `rotaryTable`, f32[P, D]. */
  readonly table: Operand;
  /** u32[N], each < P. */
  readonly positions: Operand;
}

/**
 * Per-head q/k RMSNorm (optional) and rotary embedding, half-split convention; v is copied.
 *   n = x * r * w;  y[d] = n[d] cos - n[d+D/2] sin;  y[d+D/2] = n[d+D/2] cos + n[d] sin
 * @shape   qkv f32[N, (H+2K)D] -> y f32[N, (H+2K)D]; saves r f32[N, H+K]
 * @grad    dQKV overwrites (its only consumer); dW accumulates
 * @limits  D divisible by 8
 * @errors  none
 * @numeric f32, angles from a float64 table; |y - f64| <= 4e-6 + 8e-6 |y|
 * @source  Su et al. 2021, arXiv:2104.09864; q/k norm as in Qwen3, arXiv:2505.09388
 */
export function rotary(
  graph: Graph,
  input: RotaryInput,
  sizes: { rows: number; eps: number } & HeadSizes,
  destination?: { out: Operand; firstRow: number },
): Value {
  const { qkv, norm, table, positions } = input;
  const { rows, heads, kvHeads, headWidth, eps } = sizes;
  const out = graph.value('rotary', qkv.length);
  const inverse = graph.value('rotary inverse', rows * (heads + kvHeads));
  const shared = {
    rows,
    heads,
    kv_heads: kvHeads,
    head_width: headWidth,
    has_norm: norm === null ? 0 : 1,
  };
  const w = norm?.weight ?? table;
  graph.emit(
    FORWARD,
    { out: destination?.out ?? out, inverse, qkv, w, table, positions },
    { ...shared, first_row: destination?.firstRow ?? 0, eps },
  );
  graph.onBackward(() => {
    const dy = graph.gradientOf(out);
    if (dy === null) return;
    const bind = { dy, inverse, qkv, w, table, positions };
    const uniforms = { ...shared, chunk: PARTIAL_ROWS };
    if (norm !== null && norm.gradient !== null) {
      const chunks = Math.ceil(rows / PARTIAL_ROWS);
      const partial = graph.value('rotary partial', chunks * 2 * headWidth);
      graph.emit(WEIGHT_PARTIAL, { ...bind, out: partial }, uniforms);
      emitColumnSum(graph, norm.gradient, partial, { rows: chunks, width: 2 * headWidth });
    }
    graph.emit(BACKWARD, { ...bind, out: graph.gradientTarget(qkv).target }, uniforms);
  });
  return out;
}

/**
 * Angles of the rotary embedding from float64: WGSL's sin and cos promise only 2^-11.
 * @returns f32[positions, D]: cos in the first half of a row, sin in the second
 */
export function rotaryTable(positions: number, headWidth: number, theta: number): Float32Array {
  const half = headWidth / 2;
  const table = new Float32Array(positions * headWidth);
  for (let position = 0; position < positions; position++) {
    for (let d = 0; d < half; d++) {
      const angle = position * theta ** (-d / half);
      table[position * headWidth + d] = Math.cos(angle);
      table[position * headWidth + half + d] = Math.sin(angle);
    }
  }
  return table;
}

const SHARED = ['rows', 'heads', 'kv_heads', 'head_width', 'has_norm'];

function rowHeads(uniforms: Uniforms): number {
  return (
    uniform(uniforms, 'rows') * (uniform(uniforms, 'heads') + 2 * uniform(uniforms, 'kv_heads'))
  );
}

const FORWARD = defineKernel({
  name: 'rotary',
  wgsl: forwardWgsl,
  entry: 'forward',
  bindings: [...write('out', 'inverse'), ...read('qkv', 'w', 'table'), ...readU32('positions')],
  uniforms: [...u32(...SHARED, 'first_row'), ...f32('eps')],
  groups: perThread(rowHeads),
  work: (uniforms) => ({ flops: 12 * rowHeads(uniforms) * uniform(uniforms, 'head_width') }),
  twin: rotaryForward,
});

const BACKWARD_BINDINGS = [
  ...write('out'),
  ...read('dy', 'inverse', 'qkv', 'w', 'table'),
  ...readU32('positions'),
];

const BACKWARD = defineKernel({
  name: 'rotary_backward',
  wgsl: backwardWgsl,
  entry: 'backward',
  bindings: BACKWARD_BINDINGS,
  uniforms: u32(...SHARED, 'chunk'),
  groups: perThread(rowHeads),
  work: (uniforms) => ({ flops: 20 * rowHeads(uniforms) * uniform(uniforms, 'head_width') }),
  twin: rotaryBackward,
});

const WEIGHT_PARTIAL = defineKernel({
  name: 'rotary_weight_partial',
  wgsl: backwardWgsl,
  entry: 'weight_partial',
  bindings: BACKWARD_BINDINGS,
  uniforms: u32(...SHARED, 'chunk'),
  groups: perThread(
    (uniforms) =>
      (Math.ceil(uniform(uniforms, 'rows') / uniform(uniforms, 'chunk')) *
        uniform(uniforms, 'head_width')) /
      4,
  ),
  twin: rotaryWeightPartial,
});

export const ROTARY_KERNELS = [FORWARD, BACKWARD, WEIGHT_PARTIAL];
