import type { Uniforms } from '../../compute/kernel.ts';
import { uniform } from '../op.ts';

export type MatmulLayout = 'nt' | 'nn' | 'tn';

/** What the last lines of a shader add to the product; `dynamic` asks the uniforms in every thread. */
export type Epilogue =
  'dynamic' | { readonly accumulate: boolean; readonly residual: 'none' | 'matrix' | 'bias' };

/** The epilogue a step asks for: known when its program is prepared. */
export function epilogueOf(uniforms: Uniforms): Epilogue {
  const modes = ['none', 'matrix', 'bias'] as const;
  return {
    accumulate: uniform(uniforms, 'accumulate') !== 0,
    residual: modes[uniform(uniforms, 'residual_mode')] ?? 'none',
  };
}

/** `struct Params` and bindings of all tiled products. */
export const TILE_HEADER = `struct Params {
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

/**
 * `store(item, row, column, value)`: scale, residual, accumulation and the guard of ragged edges.
 * Software adapters run both sides of every branch, loads included, hence the fixed epilogues.
 */
export function storeFunction(epilogue: Epilogue): string {
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
