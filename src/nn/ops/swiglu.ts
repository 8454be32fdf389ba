import wgsl from '../../../shaders/swiglu.wgsl?raw';
import { defineKernel, type TwinArray } from '../../compute/kernel.ts';
import type { Graph, Value } from '../graph/graph.ts';
import { uniform, type Tolerance } from '../graph/op.ts';
import { perThread, read, u32, write } from '../../compute/kernel-fields.ts';

export const SWIGLU_TOLERANCE: Tolerance = { absolute: 2e-6, relative: 8e-6 };

/**
 * Gated activation.   y = silu(g) * u,  silu(g) = g / (1 + e^-g)
 * @shape   gu f32[N, 2F], gate first -> y f32[N, F]
 * @grad    dGU overwrites (its only consumer)
 * @limits  F divisible by 4
 * @errors  none
 * @numeric f32; |y - f64| <= 2e-6 + 8e-6 |y|
 * @source  Shazeer 2020, arXiv:2002.05202
 */
export function swiglu(graph: Graph, gu: Value, sizes: { rows: number; width: number }): Value {
  const { rows, width } = sizes;
  const out = graph.value('swiglu', rows * width);
  graph.emit(FORWARD, { out, gu, dout: gu }, { rows, width });
  graph.onBackward(() => {
    const dout = graph.gradientOf(out);
    if (dout === null) return;
    const { target } = graph.gradientTarget(gu);
    graph.emit(BACKWARD, { out: target, gu, dout }, { rows, width });
  });
  return out;
}

const BINDINGS = [...write('out'), ...read('gu', 'dout')];
const COUNT = perThread((uniforms) => (uniform(uniforms, 'rows') * uniform(uniforms, 'width')) / 4);

const FORWARD = defineKernel({
  name: 'swiglu',
  wgsl,
  entry: 'forward',
  bindings: BINDINGS,
  uniforms: u32('rows', 'width'),
  groups: COUNT,
  work: ({ rows = 0, width = 0 }) => ({ flops: 5 * rows * width, bytes: 12 * rows * width }),
  twin: (buffers, uniforms) => {
    const { out, gu } = buffers as Record<'out' | 'gu', TwinArray>;
    swigluTwin(out, gu, uniform(uniforms, 'rows'), uniform(uniforms, 'width'));
  },
});

const BACKWARD = defineKernel({
  name: 'swiglu_backward',
  wgsl,
  entry: 'backward',
  bindings: BINDINGS,
  uniforms: u32('rows', 'width'),
  groups: COUNT,
  work: ({ rows = 0, width = 0 }) => ({ flops: 12 * rows * width }),
  twin: (buffers, uniforms) => {
    const { out, gu, dout } = buffers as Record<'out' | 'gu' | 'dout', TwinArray>;
    swigluBackwardTwin(out, gu, dout, uniform(uniforms, 'rows'), uniform(uniforms, 'width'));
  },
});

export function swigluTwin(out: TwinArray, gu: TwinArray, rows: number, width: number): void {
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < width; c++) {
      const g = gu[row * 2 * width + c]!;
      out[row * width + c] = (g / (1 + Math.exp(-g))) * gu[(row * 2 + 1) * width + c]!;
    }
  }
}

export function swigluBackwardTwin(
  out: TwinArray,
  gu: TwinArray,
  dout: TwinArray,
  rows: number,
  width: number,
): void {
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < width; c++) {
      const at = row * 2 * width + c;
      const g = gu[at]!;
      const d = dout[row * width + c]!;
      const s = 1 / (1 + Math.exp(-g));
      out[at] = d * gu[at + width]! * s * (1 + g * (1 - s));
      out[at + width] = d * g * s;
    }
  }
}

export const SWIGLU_KERNELS = [FORWARD, BACKWARD];
