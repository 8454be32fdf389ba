import skinnyWgsl from '../../../shaders/matmul-skinny.wgsl?raw';
import type { Groups, KernelVariant, Uniforms } from '../../compute/kernel.ts';
import { uniform } from '../graph/op.ts';
import { additionOf, type Epilogue, type MatmulLayout } from './matmul-parts.ts';
import { registerShader } from './matmul-registers.ts';
import { blockSize, tileShader, type WorkgroupTile } from './matmul-tiles.ts';

/** Workgroups for outputs in blocks of `rows` x `columns`, and one layer a batch item. */
export function tileGroups(uniforms: Uniforms, rows: number, columns: number): Groups {
  return [
    Math.ceil(uniform(uniforms, 'N') / columns),
    Math.ceil(uniform(uniforms, 'M') / rows),
    uniforms['batch'] ?? 1,
  ];
}

/** Rows up to which a product counts as decoding: one pass over the weights, nothing to reuse. */
export const SKINNY_ROWS = 8;
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

type Ending = (uniforms: Uniforms) => Epilogue;

/** Shaders of a tiled product beside its plain one, best first. */
export function matmulVariants(layout: MatmulLayout): readonly KernelVariant[] {
  return [
    quads(layout, additionOf),
    ...(layout === 'nt' ? [SKINNY] : []),
    ...blockVariants(layout, additionOf),
  ];
}

/** The same for the gradient of a SwiGLU, which follows a product with the down matrix. */
export function swigluBackwardVariants(): readonly KernelVariant[] {
  const ending: Ending = () => 'swiglu-backward';
  return [quads('nn', ending), ...blockVariants('nn', ending)];
}

/** The same for gate and up with SwiGLU: a thread needs two columns, so blocks are of 64 at least. */
export function swigluVariants(): readonly KernelVariant[] {
  const ending: Ending = () => 'swiglu';
  const tile = { layout: 'nt', vectors: 2, slices: 1, staging: 'f32' } as const;
  return [
    quads('nt', ending),
    half({ ...tile, side: 8, depth: 16, staging: 'f16' }, ending),
    tiled('tile64', ALL_CLASSES, { ...tile, side: 8, depth: 16 }, ending),
    tiled('tile128', [], { ...tile, side: 16, depth: 8 }, ending),
  ];
}

const ALL_CLASSES = ['few', 'long', 'many', 'skinny'];

function blockVariants(layout: MatmulLayout, ending: Ending): readonly KernelVariant[] {
  const tile = { layout, vectors: 1, slices: 1, staging: 'f32' } as const;
  return [
    half({ ...tile, side: 16, depth: 16, staging: 'f16' }, ending),
    tiled('slices', ['long'], { ...tile, side: 8, depth: 8, slices: 4 }, ending),
    tiled('tile64', ['many'], { ...tile, side: 16, depth: 16 }, ending),
    tiled('tile32', ALL_CLASSES, { ...tile, side: 8, depth: 16 }, ending),
    // The fastest on some GPUs and slower on others: only a calibration takes these.
    tiled('tile128', [], { ...tile, side: 16, vectors: 2, depth: 8 }, ending),
    registers4(layout, ending),
  ];
}

/** 16x8 outputs a thread, rows shared by four: fewer loads than the plain shader. */
function quads(layout: MatmulLayout, ending: Ending): KernelVariant {
  const tile = { layout, rows: 16, vectors: 2, quads: true, group: [4, 1] } as const;
  return {
    name: 'quads',
    wgsl: (uniforms) => registerShader({ ...tile, epilogue: ending(uniforms) }),
    entry: layout,
    groups: (uniforms) => tileGroups(uniforms, 16, 32),
    features: ['subgroups'],
    suits: ({ isSoftware }) => isSoftware,
  };
}

/** 4x4 outputs a thread without workgroup memory: caches do the work, as on Apple's GPUs. */
function registers4(layout: MatmulLayout, ending: Ending): KernelVariant {
  const tile = { layout, rows: 4, vectors: 1, quads: false, group: [8, 8] } as const;
  return {
    name: 'registers4',
    wgsl: (uniforms) => registerShader({ ...tile, epilogue: ending(uniforms) }),
    entry: layout,
    groups: (uniforms) => tileGroups(uniforms, 32, 32),
    suits: () => false,
  };
}

/** `tile64` with operands staged as float16, where the run asked for it. */
function half(tile: Omit<WorkgroupTile, 'epilogue'>, ending: Ending): KernelVariant {
  return {
    ...tiled('half64', [], tile, ending),
    features: ['shader-f16'],
    suits: ({ isSoftware, precision }, uniforms) =>
      !isSoftware && precision === 'f16' && matmulClass(uniforms) === 'many',
  };
}

function tiled(
  name: string,
  classes: readonly string[],
  tile: Omit<WorkgroupTile, 'epilogue'>,
  ending: Ending,
): KernelVariant {
  const block = blockSize(tile);
  const { side, slices, depth } = tile;
  return {
    name,
    wgsl: (uniforms) => tileShader({ ...tile, epilogue: ending(uniforms) }),
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
