import {
  each,
  indent,
  itemStart,
  storeFunction,
  tileHeader,
  type Epilogue,
  type MatmulLayout,
} from './matmul-parts.ts';

export interface WorkgroupTile {
  readonly layout: MatmulLayout;
  /** Threads along each side of a block of outputs. */
  readonly side: 8 | 16;
  /** Outputs of a thread: 4 `vectors` rows by `vectors` vec4 columns; 2 with `swiglu`. */
  readonly vectors: 1 | 2;
  /** k staged at a time; divisible by 4. */
  readonly depth: number;
  /** Groups of threads that share the K of one block, for few blocks and a long K. */
  readonly slices: 1 | 4;
  /** f16 halves the workgroup memory; sums stay f32. Needs shader-f16, and one slice. */
  readonly staging: 'f32' | 'f16';
  readonly epilogue: Epilogue;
}

/** Outputs along each side of a workgroup's block. */
export function blockSize({ side, vectors }: Pick<WorkgroupTile, 'side' | 'vectors'>): number {
  return 4 * side * vectors;
}

/**
 * A product by blocks staged in workgroup memory, k-major, so that both operands are read as vec4.
 * For GPUs, where barriers are cheap and memory is far. Ragged edges are staged as zeros. With
 * slices, each takes its share of K and slice 0 adds their sums in order.
 */
export function tileShader(tile: WorkgroupTile): string {
  const { layout, side, vectors, depth, slices, staging, epilogue } = tile;
  const rows = 4 * vectors;
  const sums = each(rows, (i) => each(vectors, (j) => `c${i}_${j}`)).flat();
  const pair = each(rows, (i) => each(vectors, (j) => [i, j] as const)).flat();
  return `${staging === 'f16' ? 'enable f16;\n' : ''}${tileHeader(epilogue)}
alias Staged = vec4<${staging}>;
const SIDE: u32 = ${side}u;
const DEPTH: u32 = ${depth}u;
const SLICES: u32 = ${slices}u;
const VECTORS: u32 = ${side * vectors}u; // of a block's side
const THREADS: u32 = SIDE * SIDE;
// One vec4 of padding keeps transposed writes off each other's memory banks.
const PITCH: u32 = VECTORS + 1u;

var<workgroup> a_tile: array<Staged, SLICES * DEPTH * PITCH>;
var<workgroup> b_tile: array<Staged, SLICES * DEPTH * PITCH>;

${layout === 'tn' ? stageWide('a', 'M', epilogue) : stageDeep('a', 'M', epilogue)}
${layout === 'nt' ? stageDeep('b', 'N', epilogue) : stageWide('b', 'N', epilogue)}
@compute @workgroup_size(${side}, ${side}, ${slices})
fn ${layout}(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) place: vec3u) {
  let id = group + vec3u(0u, params.first_y, params.first_z);
  let thread = place.y * SIDE + place.x;
  let slice = place.z;
  let shared_from = slice * DEPTH * PITCH;
  let steps = (params.K + DEPTH * SLICES - 1u) / (DEPTH * SLICES);
${indent(
  sums.map((name) => `var ${name} = vec4f();`),
  2,
)}
  for (var step = 0u; step < steps; step++) {
    let k = (step * SLICES + slice) * DEPTH;
    stage_a(id.z, id.y, k, thread, shared_from);
    stage_b(id.z, id.x, k, thread, shared_from);
    workgroupBarrier();
    for (var depth = 0u; depth < DEPTH; depth++) {
      let line = shared_from + depth * PITCH;
${indent(
  each(vectors, (v) => [
    `let x${v} = vec4f(a_tile[line + place.y + ${v}u * SIDE]);`,
    `let y${v} = vec4f(b_tile[line + place.x + ${v}u * SIDE]);`,
  ]).flat(),
  6,
)}
${indent(
  pair.map(([i, j]) => `c${i}_${j} += x${Math.floor(i / 4)}.${'xyzw'[i % 4] ?? ''} * y${j};`),
  6,
)}
    }
    workgroupBarrier();
  }
${slices > 1 ? addSlices(sums) : ''}  if (slice == 0u) {
${indent(
  pair.flatMap(([i, j]) => {
    const row = `4u * (id.y * VECTORS + place.y + ${Math.floor(i / 4)}u * SIDE) + ${i % 4}u`;
    if (epilogue !== 'swiglu') {
      return `store(id.z, ${row}, id.x * VECTORS + place.x + ${j}u * SIDE, c${i}_${j});`;
    }
    return j === 0 ? `store(${row}, id.x * SIDE + place.x, c${i}_0, c${i}_1);` : [];
  }),
  4,
)}
  }
}
${storeFunction(epilogue)}`;
}

/** Slice after slice hands its sums to slice 0 through the memory of the tiles. */
function addSlices(sums: readonly string[]): string {
  return `  for (var giver = 1u; giver < SLICES; giver++) {
    if (slice == giver) {
${indent(
  sums.map((name, i) => `a_tile[thread * ${sums.length}u + ${i}u] = ${name};`),
  6,
)}
    }
    workgroupBarrier();
    if (slice == 0u) {
${indent(
  sums.map((name, i) => `${name} += a_tile[thread * ${sums.length}u + ${i}u];`),
  6,
)}
    }
    workgroupBarrier();
  }
`;
}

/** Stages an operand that is contiguous across the block: [K, M] or [K, N]. */
function stageWide(operand: 'a' | 'b', size: 'M' | 'N', epilogue: Epilogue): string {
  return `
fn stage_${operand}(item: u32, block: u32, first: u32, thread: u32, shared_from: u32) {
  let across = params.${size} / 4u;
  let base = ${itemStart(operand, 'item', epilogue)};
  for (var i = thread; i < DEPTH * VECTORS; i += THREADS) {
    let k = first + i / VECTORS;
    let column = block * VECTORS + i % VECTORS;
    var value = vec4f();
    if (k < params.K && column < across) {
      value = ${operand}[base + k * across + column];
    }
    ${operand}_tile[shared_from + i / VECTORS * PITCH + i % VECTORS] = Staged(value);
  }
}`;
}

/**
 * Stages an operand that is contiguous along k, [M, K] or [N, K], and transposes it: a thread has
 * four rows of four k. Whole vectors are written, because storing one component may touch the
 * others, which would then be another thread's.
 */
function stageDeep(operand: 'a' | 'b', size: 'M' | 'N', epilogue: Epilogue): string {
  // The first half of a block of pairs are gates, the second the ups that belong to them.
  const row =
    operand === 'b' && epilogue === 'swiglu'
      ? '4u * (block * SIDE + line % SIDE) + line / SIDE * (params.N / 2u)'
      : '4u * (block * VECTORS + line)';
  return `
fn load_${operand}(base: u32, row: u32, k: u32) -> vec4f {
  let k4 = params.K / 4u;
  if (k < k4 && row < params.${size}) {
    return ${operand}[base + row * k4 + k];
  }
  return vec4f();
}

fn stage_${operand}(item: u32, block: u32, first: u32, thread: u32, shared_from: u32) {
  let base = ${itemStart(operand, 'item', epilogue)};
  for (var i = thread; i < DEPTH / 4u * VECTORS; i += THREADS) {
    let line = i / (DEPTH / 4u);
    let k = i % (DEPTH / 4u);
    let row = ${row};
    let deep = first / 4u + k;
    let quad = transpose(mat4x4f(
      load_${operand}(base, row, deep),
      load_${operand}(base, row + 1u, deep),
      load_${operand}(base, row + 2u, deep),
      load_${operand}(base, row + 3u, deep),
    ));
    let at = shared_from + k * 4u * PITCH + line;
    ${operand}_tile[at] = Staged(quad[0]);
    ${operand}_tile[at + PITCH] = Staged(quad[1]);
    ${operand}_tile[at + 2u * PITCH] = Staged(quad[2]);
    ${operand}_tile[at + 3u * PITCH] = Staged(quad[3]);
  }
}`;
}
