import type { Uniforms } from '../../compute/kernel.ts';

/** Bound on a kernel's result against float64: |got - ref| <= absolute + relative * |ref|. */
export interface Tolerance {
  readonly absolute: number;
  readonly relative: number;
}

/** A uniform that the plan is known to give (`resolveUniforms` has checked that it is there). */
export function uniform(uniforms: Uniforms, name: string): number {
  return uniforms[name] ?? 0;
}
