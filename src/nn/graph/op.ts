import { linearGroups, type Groups, type Uniforms } from '../../compute/kernel.ts';

/** Bound on a kernel's result against float64: |got - ref| <= absolute + relative * |ref|. */
export interface Tolerance {
  readonly absolute: number;
  readonly relative: number;
}

/** Threads of a linear kernel; the shaders use the same workgroup size. */
export const THREADS = 64;

/** `groups` of a kernel with one thread per item counted by `count`. */
export function perThread(count: (uniforms: Uniforms) => number): (uniforms: Uniforms) => Groups {
  return (uniforms) => linearGroups(count(uniforms), THREADS);
}

/** A uniform that the plan is known to give (`resolveUniforms` has checked that it is there). */
export function uniform(uniforms: Uniforms, name: string): number {
  return uniforms[name] ?? 0;
}

export function u32(...names: string[]): { name: string; type: 'u32' }[] {
  return names.map((name) => ({ name, type: 'u32' }));
}

export function f32(...names: string[]): { name: string; type: 'f32' }[] {
  return names.map((name) => ({ name, type: 'f32' }));
}

export function read(...names: string[]): { name: string; type: 'f32'; access: 'read' }[] {
  return names.map((name) => ({ name, type: 'f32', access: 'read' }));
}

export function write(...names: string[]): { name: string; type: 'f32'; access: 'read_write' }[] {
  return names.map((name) => ({ name, type: 'f32', access: 'read_write' }));
}

export function readU32(...names: string[]): { name: string; type: 'u32'; access: 'read' }[] {
  return names.map((name) => ({ name, type: 'u32', access: 'read' }));
}
