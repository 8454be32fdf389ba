import type { Uniforms } from '../../compute/kernel.ts';
import { uniform } from '../graph/op.ts';

export type MatmulLayout = 'nt' | 'nn' | 'tn';

/** What the last lines of a shader add to the product; `dynamic` asks the uniforms in every thread. */
type Addition =
  | 'dynamic'
  | { readonly accumulate: boolean; readonly residual: 'none' | 'matrix' | 'bias' };

/**
 * What becomes of the sums. `swiglu`: the left half of the columns are gates, the right half what
 * they open; a thread has both of a pair. `swiglu-backward`: the product is the gradient of hidden.
 */
export type Epilogue = Addition | 'swiglu' | 'swiglu-backward';

/** What a step asks to be added: known when its program is prepared. */
export function additionOf(uniforms: Uniforms): Epilogue {
  const modes = ['none', 'matrix', 'bias'] as const;
  return {
    accumulate: uniform(uniforms, 'accumulate') !== 0,
    residual: modes[uniform(uniforms, 'residual_mode')] ?? 'none',
  };
}

/** `struct Params` and bindings of a tiled product. */
export function tileHeader(epilogue: Epilogue): string {
  return epilogue === 'swiglu' || epilogue === 'swiglu-backward' ? FUSED[epilogue] : HEADER;
}

/** Where a batch item of an operand starts, in vec4; fused products come one at a time. */
export function itemStart(operand: 'a' | 'b', item: string, epilogue: Epilogue): string {
  const isFused = epilogue === 'swiglu' || epilogue === 'swiglu-backward';
  return isFused ? '0u' : `${item} * (params.${operand}_stride / 4u)`;
}

const HEADER = `struct Params {
  M: u32,
  N: u32,
  K: u32,
  accumulate: u32,
  residual_mode: u32,
  batch: u32,
  a_stride: u32,
  b_stride: u32,
  out_stride: u32,
  scale: f32,
  first_y: u32,
  first_z: u32,
}

@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(1) var<storage, read> a: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;
@group(0) @binding(3) var<storage, read> residual: array<vec4f>;
@group(0) @binding(4) var<uniform> params: Params;
`;

const FUSED_PARAMS = `struct Params {
  M: u32,
  N: u32,
  K: u32,
  first_y: u32,
  first_z: u32,
}
`;

const FUSED = {
  swiglu: `${FUSED_PARAMS}
@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> hidden: array<vec4f>;
@group(0) @binding(2) var<storage, read> a: array<vec4f>;
@group(0) @binding(3) var<storage, read> b: array<vec4f>;
@group(0) @binding(4) var<uniform> params: Params;
`,
  'swiglu-backward': `${FUSED_PARAMS}
@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(1) var<storage, read> a: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;
@group(0) @binding(3) var<storage, read> gu: array<vec4f>;
@group(0) @binding(4) var<uniform> params: Params;
`,
};

/** The formulas of `swiglu.wgsl`. */
const FUSED_STORE = {
  swiglu: `
fn store(row: u32, column: u32, g: vec4f, u: vec4f) {
  let f4 = params.N / 8u;
  if (row < params.M && column < f4) {
    let at = row * 2u * f4 + column;
    out[at] = g;
    out[at + f4] = u;
    hidden[row * f4 + column] = g * (1.0 / (1.0 + exp(-g))) * u;
  }
}
`,
  'swiglu-backward': `
fn store(item: u32, row: u32, column: u32, d: vec4f) {
  let f4 = params.N / 4u;
  if (row < params.M && column < f4) {
    let at = row * 2u * f4 + column;
    let g = gu[at];
    let u = gu[at + f4];
    let s = 1.0 / (1.0 + exp(-g));
    out[at] = d * u * s * (1.0 + g * (1.0 - s));
    out[at + f4] = d * g * s;
  }
}
`,
};

/**
 * `store(item, row, column, value)`: scale, residual, accumulation and the guard of ragged edges;
 * of `swiglu` `store(row, column, gate, up)`.
 * Software adapters run both sides of every branch, loads included, hence the fixed epilogues.
 */
export function storeFunction(epilogue: Epilogue): string {
  if (epilogue === 'swiglu' || epilogue === 'swiglu-backward') return FUSED_STORE[epilogue];
  const terms: string[] = [];
  if (epilogue === 'dynamic') {
    terms.push(
      'if (params.accumulate != 0u) { sum += out[at]; }',
      'if (params.residual_mode == 1u) { sum += residual[at]; }',
      'if (params.residual_mode == 2u) { sum += residual[column]; }',
    );
  } else {
    if (epilogue.accumulate) terms.push('sum += out[at];');
    if (epilogue.residual === 'matrix') terms.push('sum += residual[at];');
    if (epilogue.residual === 'bias') terms.push('sum += residual[column];');
  }
  return `
fn store(item: u32, row: u32, column: u32, value: vec4f) {
  let n4 = params.N / 4u;
  if (row < params.M && column < n4) {
    let at = item * (params.out_stride / 4u) + row * n4 + column;
    var sum = params.scale * value;
${indent(terms, 4)}
    out[at] = sum;
  }
}
`;
}

export function each<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

export function indent(lines: readonly string[], spaces: number): string {
  return lines.map((line) => ' '.repeat(spaces) + line).join('\n');
}
