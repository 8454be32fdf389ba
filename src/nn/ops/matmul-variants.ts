import skinnyWgsl from '../../../shaders/matmul-skinny.wgsl?raw';
import type { Groups, KernelVariant, Uniforms } from '../../compute/kernel.ts';
import { uniform } from '../op.ts';
import { epilogueOf, type MatmulLayout } from './matmul-parts.ts';
import { registerShader } from './matmul-registers.ts';
import { blockSize, tileShader, type WorkgroupTile } from './matmul-tiles.ts';

/** Workgroups for outputs in blocks of `rows` x `columns`, and one layer a batch item. */
export function tileGroups(uniforms: Uniforms, rows: number, columns: number): Groups {
  return [
    Math.ceil(uniform(uniforms, 'N') / columns),
    Math.ceil(uniform(uniforms, 'M') / rows),
    uniform(uniforms, 'batch'),
  ];
}

/** Rows up to which a product counts as decoding: one pass over the weights, nothing to reuse. */
const SKINNY_ROWS = 8;
/** Blocks of 64 x 64 that keep a GPU busy; with fewer, smaller blocks or slices of K do better. */
const MANY_BLOCKS = 64;
/** K from which four slices are worth adding up. */
const LONG_K = 512;

/** skinny, long (few outputs and a long K: weight gradients), few or many blocks. */
export function matmulClass(uniforms: Uniforms): 'skinny' | 'long' | 'few' | 'many' {
  if (uniform(uniforms, 'M') <= SKINNY_ROWS) return 'skinny';
  const [x, y, z] = tileGroups(uniforms, 64, 64);
  if (x * y * z >= MANY_BLOCKS) return 'many';
  return uniform(uniforms, 'K') >= LONG_K ? 'long' : 'few';
}

/** Shaders of a tiled product beside its plain one, best first. */
export function matmulVariants(layout: MatmulLayout): readonly KernelVariant[] {
  return [
    quads(layout),
    ...(layout === 'nt' ? [SKINNY] : []),
    half(layout),
    tiled('slices', ['long'], { layout, side: 8, vectors: 1, depth: 8, slices: 4, staging: 'f32' }),
    tiled('tile64', ['many'], {
      layout,
      side: 16,
      vectors: 1,
      depth: 16,
      slices: 1,
      staging: 'f32',
    }),
    tiled('tile32', ['few', 'long', 'many', 'skinny'], {
      ...{ layout, side: 8, vectors: 1, depth: 16, slices: 1, staging: 'f32' },
    }),
    // The fastest on some GPUs and slower on others: only a calibration takes these.
    tiled('tile128', [], { layout, side: 16, vectors: 2, depth: 8, slices: 1, staging: 'f32' }),
    registers4(layout),
  ];
}

/** 16x8 outputs a thread, rows shared by four: fewer loads than the plain shader. */
function quads(layout: MatmulLayout): KernelVariant {
  const tile = { layout, rows: 16, vectors: 2, quads: true, group: [4, 1] } as const;
  return {
    name: 'quads',
    wgsl: (uniforms) => registerShader({ ...tile, epilogue: epilogueOf(uniforms) }),
    entry: layout,
    groups: (uniforms) => tileGroups(uniforms, 16, 32),
    features: ['subgroups'],
    suits: ({ isSoftware }) => isSoftware,
  };
}

/** 4x4 outputs a thread without workgroup memory: caches do the work, as on Apple's GPUs. */
function registers4(layout: MatmulLayout): KernelVariant {
  const tile = { layout, rows: 4, vectors: 1, quads: false, group: [8, 8] } as const;
  return {
    name: 'registers4',
    wgsl: (uniforms) => registerShader({ ...tile, epilogue: epilogueOf(uniforms) }),
    entry: layout,
    groups: (uniforms) => tileGroups(uniforms, 32, 32),
    suits: () => false,
  };
}

/** `tile64` with operands staged as float16, where the run asked for it. */
function half(layout: MatmulLayout): KernelVariant {
  const tile = { layout, side: 16, vectors: 1, depth: 16, slices: 1, staging: 'f16' } as const;
  return {
    ...tiled('half64', [], tile),
    features: ['shader-f16'],
    suits: ({ isSoftware, precision }, uniforms) =>
      !isSoftware && precision === 'f16' && matmulClass(uniforms) === 'many',
  };
}

function tiled(
  name: string,
  classes: readonly string[],
  tile: Omit<WorkgroupTile, 'epilogue'>,
): KernelVariant {
  const block = blockSize(tile);
  const { side, slices, depth } = tile;
  return {
    name,
    wgsl: (uniforms) => tileShader({ ...tile, epilogue: epilogueOf(uniforms) }),
    entry: tile.layout,
    groups: (uniforms) => tileGroups(uniforms, block, block),
    limits: {
      maxComputeInvocationsPerWorkgroup: side * side * slices,
      maxComputeWorkgroupStorageSize: 2 * 16 * slices * depth * (block / 4 + 1),
    },
    suits: ({ isSoftware }, uniforms) => !isSoftware && classes.includes(matmulClass(uniforms)),
  };
}

const SKINNY: KernelVariant = {
  name: 'skinny',
  wgsl: () => skinnyWgsl,
  entry: 'skinny',
  groups: (uniforms) => [Math.ceil(uniform(uniforms, 'N') / 8), 1, uniform(uniforms, 'batch')],
  handles: (uniforms) => uniform(uniforms, 'M') <= SKINNY_ROWS,
  suits: ({ isSoftware }) => !isSoftware,
};
