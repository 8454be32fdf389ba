import wgsl from '../../../shaders/dropout.wgsl?raw';
import { defineKernel, type TwinArray } from '../../compute/kernel.ts';
import type { Graph, Value } from '../graph/graph.ts';
import { uniform, type Tolerance } from '../graph/op.ts';
import { f32, perThread, read, readU32, u32, write } from '../../compute/kernel-fields.ts';
import { keepFactor, siteUniforms, type DropoutSite } from './dropout-mask.ts';

export const DROPOUT_TOLERANCE: Tolerance = { absolute: 1e-7, relative: 4e-7 };

/** What the kernel does with its product. */
const OVERWRITE = 0;
const ADD = 1;
const ADD_RESIDUAL = 2;

/**
 * Inverted dropout, optionally into a residual stream.   y = x * m / (1 - rate) (+ residual)
 * The mask m is drawn again in the backward pass: it is a function of (seed, step, site, element).
 * @shape   x f32[N, C] -> y f32[N, C]; residual f32[N, C]
 * @grad    dX overwrites or accumulates, with the same mask; the residual shares dY's buffer
 * @limits  C divisible by 4; N C < 2³⁴
 * @errors  invalid-argument for a rate outside [0, 1)
 * @numeric |y - f64| <= 1e-7 + 4e-7 |y|; the mask is the same on every machine
 * @source  Srivastava et al. 2014, Journal of Machine Learning Research 15
 */
export function dropout(
  graph: Graph,
  x: Value,
  place: DropoutSite,
  width: number,
  residual?: Value,
): Value {
  const { length } = x;
  const out = graph.value('dropout', length);
  const { draw } = place;
  const uniforms = { length, width, ...siteUniforms(place) };
  const mode = residual === undefined ? OVERWRITE : ADD_RESIDUAL;
  // WebGPU has no optional bindings: with nothing to add, `x` stands in and is not read.
  graph.emit(KERNEL, { out, x, residual: residual ?? x, draw }, { ...uniforms, mode });
  graph.onBackward(() => {
    const dy = graph.gradientOf(out);
    if (dy === null) return;
    const { target, accumulate } = graph.gradientTarget(x);
    const back = { ...uniforms, mode: accumulate === 1 ? ADD : OVERWRITE };
    graph.emit(KERNEL, { out: target, x: dy, residual: dy, draw }, back);
    if (residual !== undefined) graph.shareGradient(residual, dy);
  });
  return out;
}

const KERNEL = defineKernel({
  name: 'dropout',
  wgsl,
  entry: 'dropout',
  bindings: [...write('out'), ...read('x', 'residual'), ...readU32('draw')],
  uniforms: [...u32('length', 'width', 'mode', 'site', 'threshold'), ...f32('keep')],
  groups: perThread((uniforms) => uniform(uniforms, 'length') / 4),
  work: ({ length = 0 }) => ({ flops: 32 * length, bytes: 12 * length }),
  twin: (buffers, uniforms) => {
    type Names = 'out' | 'x' | 'residual' | 'draw';
    const { out, x, residual, draw } = buffers as Record<Names, TwinArray>;
    const before = (draw[2]! * uniform(uniforms, 'width')) / 4;
    const mode = uniform(uniforms, 'mode');
    for (let i = 0; i < uniform(uniforms, 'length'); i++) {
      const value = x[i]! * keepFactor(draw, uniforms, before + (i >> 2), 0, i % 4);
      const added = mode === ADD ? out[i]! : mode === ADD_RESIDUAL ? residual[i]! : 0;
      out[i] = value + added;
    }
  },
});

export const DROPOUT_KERNELS = [KERNEL];
