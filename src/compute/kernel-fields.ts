import { linearGroups, type BindingDef, type Groups, type Uniforms } from './kernel.ts';

/** What a kernel declares, in the words of its shader: uniforms by type, bindings by type and access. */

export function u32(...names: string[]): { name: string; type: 'u32' }[] {
  return names.map((name) => ({ name, type: 'u32' }));
}

export function f32(...names: string[]): { name: string; type: 'f32' }[] {
  return names.map((name) => ({ name, type: 'f32' }));
}

export function read(...names: string[]): BindingDef[] {
  return names.map((name) => ({ name, type: 'f32', access: 'read' }));
}

export function write(...names: string[]): BindingDef[] {
  return names.map((name) => ({ name, type: 'f32', access: 'read_write' }));
}

export function readU32(...names: string[]): BindingDef[] {
  return names.map((name) => ({ name, type: 'u32', access: 'read' }));
}

export function writeU32(...names: string[]): BindingDef[] {
  return names.map((name) => ({ name, type: 'u32', access: 'read_write' }));
}

/** Threads of a linear kernel; the shaders use the same workgroup size. */
export const THREADS = 64;

/** `groups` of a kernel with one thread per item counted by `count`. */
export function perThread(count: (uniforms: Uniforms) => number): (uniforms: Uniforms) => Groups {
  return (uniforms) => linearGroups(count(uniforms), THREADS);
}
