import type { Groups, KernelVariant, Uniforms } from '../../compute/kernel.ts';
import { uniform } from '../op.ts';
import { epilogueOf, registerShader, type MatmulLayout } from './matmul-registers.ts';

/** Workgroups for outputs in blocks of `rows` x `columns`, and one layer a batch item. */
export function tileGroups(uniforms: Uniforms, rows: number, columns: number): Groups {
  return [
    Math.ceil(uniform(uniforms, 'N') / columns),
    Math.ceil(uniform(uniforms, 'M') / rows),
    uniform(uniforms, 'batch'),
  ];
}

/** Shaders of a tiled product beside its plain one, best first. */
export function matmulVariants(layout: MatmulLayout): readonly KernelVariant[] {
  return [quads(layout)];
}

/** 16x8 outputs a thread, rows shared by four: half the loads of the plain shader. */
function quads(layout: MatmulLayout): KernelVariant {
  return {
    name: 'quads',
    wgsl: (uniforms) =>
      registerShader({ layout, rows: 16, vectors: 2, quads: true, epilogue: epilogueOf(uniforms) }),
    entry: layout,
    groups: (uniforms) => tileGroups(uniforms, 16, 32),
    features: ['subgroups'],
    suits: ({ isSoftware }) => isSoftware,
  };
}
