import type { DeviceBuffer, Step } from '../../compute/executor.ts';
import { AppError } from '../../core/errors.ts';
import type { Operand } from '../linear-form.ts';
import type { MergeContext } from '../method.ts';
import { gramKernel, OPERANDS_PER_PASS, PRODUCTS } from './kernels.ts';
import { vectorTable, type VectorTable, type VectorUnit } from './vector-table.ts';

/** Which vectors are compared and combined. Coefficients belong to `operands`, in their order. */
export interface GramForm {
  readonly operands: readonly Operand[];
  /** What is subtracted from every operand first, and added to their combination. */
  readonly origin: Operand | null;
  readonly unit: VectorUnit;
}

/** What Gram matrices and combinations need of a merge; a live view holds these itself. */
export type GramContext = Pick<
  MergeContext,
  'executor' | 'layout' | 'models' | 'base' | 'scratch' | 'run'
>;

/** Scalar products of one vector's operands. */
export interface GramMatrix {
  readonly size: number;
  at(i: number, j: number): number;
}

/** The Gram matrices of all vectors of a layout, float64 on the host. */
export interface GramMatrices {
  readonly form: GramForm;
  readonly table: VectorTable;
  /** size × size numbers a vector, row-major and symmetric. */
  readonly values: Float64Array;
  matrix(vector: number): GramMatrix;
}

/**
 * Gram matrices G[i][j] = ⟨x_i − o, x_j − o⟩ of every tensor, row or column in one pass over the
 * arenas (several for more than four operands). Device memory for the pass: 16 bytes a block of a
 * vector and 40 bytes a block and pass.
 * @numeric |G − f64| <= 2e-6 √(G_ii G_jj): blocks of 1024 in f32, their sums in float64; products of
 *          values below 1e-19 vanish
 * @errors  non-finite when products exceed float32 (values beyond 1e18), with the tensor
 */
export async function gramOf(context: GramContext, form: GramForm): Promise<GramMatrices> {
  const pass = gramPasses(context, form);
  if (pass.steps.length > 0) await context.run(pass.steps, 'gram');
  return pass.read();
}

/** Dispatches that can be replayed when the operands changed, and what they leave. */
export interface GramPasses {
  readonly steps: readonly Step[];
  /** @errors as `gramOf` */
  read(): Promise<GramMatrices>;
}

/** `gramOf` in two parts, for operands that are compared again and again. */
export function gramPasses(context: GramContext, form: GramForm): GramPasses {
  const table = vectorTable(context.layout, form.unit);
  const size = form.operands.length;
  const empty = () => {
    const values = new Float64Array(table.vectorCount * size * size);
    return { form, table, values, matrix: (v: number) => matrixAt(values, size, v) };
  };
  if (table.blockCount === 0 || size === 0) {
    return { steps: [], read: () => Promise.resolve(empty()) };
  }
  const passes = passesOf(size);
  const sums = context.scratch('gram sums', 'f32', passes.length * table.blockCount * PRODUCTS);
  const shared = { sums, blocks: uploadBlocks(context, table) };
  return {
    steps: passes.map((pass, index) => gramStep(context, form, table, pass, index, shared)),
    read: async () => {
      const matrices = empty();
      const values = await context.executor.readFloats(sums);
      addBlocks(values, passes, table, size, matrices.values);
      checkProducts(context, matrices);
      return matrices;
    },
  };
}

/** The blocks of a table on the device, freed with the merge. */
export function uploadBlocks(context: GramContext, table: VectorTable): DeviceBuffer {
  const buffer = context.scratch('vectors', 'u32', table.blocks.length);
  context.executor.write(buffer, table.blocks);
  return buffer;
}

/** @errors internal when the merge has no such operand */
export function operandBuffer(context: Pick<GramContext, 'models' | 'base'>, operand: Operand) {
  const buffer = operand === 'base' ? context.base : context.models[operand];
  if (buffer !== null && buffer !== undefined) return buffer;
  throw new AppError('internal', `The merge has no operand ${operand}.`);
}

/** Operands of each dispatch: all at once, or every two pairs, so that each pair meets. */
function passesOf(size: number): number[][] {
  const all = Array.from({ length: size }, (_, k) => k);
  if (size <= OPERANDS_PER_PASS) return [all];
  const pairs = all.filter((k) => k % 2 === 0).map((k) => all.slice(k, k + 2));
  return pairs.flatMap((pair, i) => pairs.slice(i + 1).map((other) => [...pair, ...other]));
}

function gramStep(
  context: GramContext,
  form: GramForm,
  table: VectorTable,
  pass: readonly number[],
  index: number,
  shared: { readonly sums: DeviceBuffer; readonly blocks: DeviceBuffer },
): Step {
  const buffers = pass.map((k) => operandBuffer(context, form.operands[k] ?? 0));
  const [x0] = buffers;
  if (x0 === undefined) throw new AppError('internal', 'A pass over Gram matrices is empty.');
  const [, x1 = x0, x2 = x0, x3 = x0] = buffers;
  const origin = form.origin === null ? x0 : operandBuffer(context, form.origin);
  return {
    kernel: gramKernel,
    bind: { ...shared, origin, x0, x1, x2, x3 },
    uniforms: {
      blocks: table.blockCount,
      operands: pass.length,
      relative: form.origin === null ? 0 : 1,
      first: index * table.blockCount,
    },
  };
}

/** Adds the blocks of each vector in float64; pairs that several passes hold count once. */
function addBlocks(
  sums: Float32Array,
  passes: readonly (readonly number[])[],
  table: VectorTable,
  size: number,
  values: Float64Array,
): void {
  const seen = new Set<number>();
  passes.forEach((pass, index) => {
    for (const { product, i, j } of productsOf(pass)) {
      if (seen.has(i * size + j)) continue;
      seen.add(i * size + j);
      for (let block = 0; block < table.blockCount; block++) {
        const at = (table.blocks[block * 4 + 3] ?? 0) * size * size;
        const sum = sums[(index * table.blockCount + block) * PRODUCTS + product] ?? Number.NaN;
        values[at + i * size + j] = (values[at + i * size + j] ?? 0) + sum;
      }
    }
  });
  for (let at = 0; at < values.length; at += size * size) {
    for (let i = 1; i < size; i++) {
      for (let j = 0; j < i; j++) values[at + i * size + j] = values[at + j * size + i] ?? 0;
    }
  }
}

/** Which operands each product of a pass belongs to. */
function productsOf(pass: readonly number[]): { product: number; i: number; j: number }[] {
  const found: { product: number; i: number; j: number }[] = [];
  let product = 0;
  for (let a = 0; a < OPERANDS_PER_PASS; a++) {
    for (let b = a; b < OPERANDS_PER_PASS; b++, product++) {
      const [i, j] = [pass[a], pass[b]];
      if (i !== undefined && j !== undefined) found.push({ product, i, j });
    }
  }
  return found;
}

function matrixAt(values: Float64Array, size: number, vector: number): GramMatrix {
  const first = vector * size * size;
  return { size, at: (i, j) => values[first + i * size + j] ?? 0 };
}

function checkProducts(context: GramContext, { values, table, form }: GramMatrices): void {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  const vector = Math.floor(bad / form.operands.length ** 2);
  const name = context.layout.entries[table.tensors[vector] ?? 0]?.name ?? '';
  throw new AppError('non-finite', `The values of tensor "${name}" are too large to compare.`, {
    hint: 'Scalar products of this merge exceed float32. Nothing was merged.',
    faults: [{ place: `tensor "${name}"`, message: 'Scalar products are not finite.' }],
  });
}
