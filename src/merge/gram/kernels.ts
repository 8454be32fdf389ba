import combineWgsl from '../../../shaders/merge/combine-vectors.wgsl?raw';
import gramWgsl from '../../../shaders/merge/gram.wgsl?raw';
import { u32 } from '../../compute/kernel-fields.ts';
import {
  defineKernel,
  linearGroups,
  type TwinBuffers,
  type Uniforms,
} from '../../compute/kernel.ts';
import { arrayOf, uniformOf } from '../twin-array.ts';
import { BLOCK_WORDS } from './vector-table.ts';

/** Operands of one dispatch: with blocks, origin, target and coefficients eight buffers. */
export const OPERANDS_PER_PASS = 4;
/** Scalar products a block: 00 01 02 03 11 12 13 22 23 33. */
export const PRODUCTS = 10;

const OPERANDS = ['x0', 'x1', 'x2', 'x3'];
const LANES = 64;

/**
 * Scalar products of operands, or of their differences from an origin, summed within each block.
 * @shape   sums f32[(first + blocks)·10], blocks u32[blocks·4], origin and x0…x3 f32[arena]
 * @numeric f32, 16 terms a lane, then a tree over 64 lanes; |s − f64| <= 2e-6 √(Σa² Σb²) of the
 *          block; same bits on repeat
 */
export const gramKernel = defineKernel({
  name: 'merge_gram',
  wgsl: gramWgsl,
  entry: 'gram',
  bindings: [
    { name: 'sums', type: 'f32', access: 'read_write' },
    { name: 'blocks', type: 'u32', access: 'read' },
    { name: 'origin', type: 'f32', access: 'read' },
    ...OPERANDS.map((name) => ({ name, type: 'f32', access: 'read' }) as const),
  ],
  uniforms: u32('blocks', 'operands', 'relative', 'first'),
  groups: (uniforms) => linearGroups(uniformOf(uniforms, 'blocks') * LANES, LANES),
  twin: (buffers, uniforms) => {
    const sums = arrayOf(buffers, 'sums');
    const read = reader(buffers, uniforms, uniformOf(uniforms, 'operands'));
    const first = uniformOf(uniforms, 'first');
    eachBlock(buffers, uniforms, (block, elements) => {
      const totals = new Float64Array(PRODUCTS);
      elements((i) => {
        const x = read(i);
        let product = 0;
        for (let a = 0; a < OPERANDS_PER_PASS; a++) {
          for (let b = a; b < OPERANDS_PER_PASS; b++, product++) {
            totals[product] = (totals[product] ?? 0) + (x[a] ?? 0) * (x[b] ?? 0);
          }
        }
      });
      totals.forEach((total, product) => {
        sums[(first + block) * PRODUCTS + product] = total;
      });
    });
  },
});

/**
 * target = start + Σ c_k (x_k − relative·o) with coefficients of its own for every vector; start is
 * nothing (0), the target (1) or o (2).
 * @shape   target, origin, x0…x3 f32[arena], blocks u32[blocks·4], coefficients
 *          f32[(first + vectors)·4]; unused x are bound but not read
 * @numeric f32, terms in order; |y − f64| <= 4e-7 Σ|c_k|·max|x| ; same bits on repeat
 */
export const combineKernel = defineKernel({
  name: 'merge_combine_vectors',
  wgsl: combineWgsl,
  entry: 'combine_vectors',
  bindings: [
    { name: 'target', type: 'f32', access: 'read_write' },
    { name: 'blocks', type: 'u32', access: 'read' },
    { name: 'coefficients', type: 'f32', access: 'read' },
    { name: 'origin', type: 'f32', access: 'read' },
    ...OPERANDS.map((name) => ({ name, type: 'f32', access: 'read' }) as const),
  ],
  uniforms: u32('blocks', 'terms', 'start', 'relative', 'first'),
  groups: (uniforms) => linearGroups(uniformOf(uniforms, 'blocks') * LANES, LANES),
  twin: (buffers, uniforms) => {
    const target = arrayOf(buffers, 'target');
    const origin = arrayOf(buffers, 'origin');
    const coefficients = arrayOf(buffers, 'coefficients');
    const read = reader(buffers, uniforms, uniformOf(uniforms, 'terms'));
    const start = uniformOf(uniforms, 'start');
    eachBlock(buffers, uniforms, (_, elements, vector) => {
      const record = (uniformOf(uniforms, 'first') + vector) * OPERANDS_PER_PASS;
      elements((i) => {
        const x = read(i);
        let sum = (coefficients[record] ?? 0) * (x[0] ?? 0);
        for (let k = 1; k < uniformOf(uniforms, 'terms'); k++) {
          sum += (coefficients[record + k] ?? 0) * (x[k] ?? 0);
        }
        if (start === 1) sum += target[i] ?? 0;
        if (start === 2) sum += origin[i] ?? 0;
        target[i] = sum;
      });
    });
  },
});

/** Twin: operands at an element, those in use less the origin; the array is reused. */
function reader(buffers: TwinBuffers, uniforms: Uniforms, used: number) {
  const origin = arrayOf(buffers, 'origin');
  const operands = OPERANDS.slice(0, used).map((name) => arrayOf(buffers, name));
  const isRelative = uniformOf(uniforms, 'relative') === 1;
  const values = new Float64Array(OPERANDS_PER_PASS);
  return (i: number) => {
    const shift = isRelative ? (origin[i] ?? 0) : 0;
    operands.forEach((operand, k) => {
      values[k] = (operand[i] ?? 0) - shift;
    });
    return values;
  };
}

type VisitElements = (visit: (i: number) => void) => void;

/** Twin: calls `visit` for each block with its number, its elements and its vector. */
function eachBlock(
  buffers: TwinBuffers,
  uniforms: Uniforms,
  visit: (block: number, elements: VisitElements, vector: number) => void,
): void {
  const blocks = arrayOf(buffers, 'blocks');
  for (let b = 0; b < uniformOf(uniforms, 'blocks'); b++) {
    const [start = 0, count = 0, stride = 1, vector = 0] = [0, 1, 2, 3].map(
      (word) => blocks[b * BLOCK_WORDS + word],
    );
    const elements: VisitElements = (see) => {
      for (let j = 0; j < count; j++) see(start + j * stride);
    };
    visit(b, elements, vector);
  }
}
