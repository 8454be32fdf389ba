import jacobiWgsl from '../../../shaders/merge/spectral-jacobi.wgsl?raw';
import productWgsl from '../../../shaders/merge/spectral-product.wgsl?raw';
import { f32, readU32, u32, write } from '../../compute/kernel-fields.ts';
import { defineKernel, linearGroups, type TwinArray } from '../../compute/kernel.ts';
import { arrayOf, uniformOf } from '../twin-array.ts';
import { TILE } from './jobs.ts';
import { dot } from './vector-kernels.ts';

/**
 * out = α A·B + β addend + diagonal · I for many matrices at once; strides as in `ProductJob`.
 * @shape   work f32[…], jobs as `productTable` makes them
 * @numeric f32, sums over K in order; |y − f64| <= 2e-7 √K Σ|a b| + 2e-7 |y|; same bits on repeat
 */
export const matrixProduct = defineKernel({
  name: 'spectral_product',
  wgsl: productWgsl,
  entry: 'spectral_product',
  bindings: [...write('work'), ...readU32('jobs')],
  uniforms: [...u32('tile_count', 'records'), ...f32('alpha', 'beta', 'diagonal')],
  groups: (uniforms) => linearGroups(uniformOf(uniforms, 'tile_count'), 1),
  twin: (buffers, uniforms) => {
    const work = arrayOf(buffers, 'work');
    const jobs = arrayOf(buffers, 'jobs');
    const records = uniformOf(uniforms, 'records');
    const epilogue = {
      alpha: uniformOf(uniforms, 'alpha'),
      beta: uniformOf(uniforms, 'beta'),
      diagonal: uniformOf(uniforms, 'diagonal'),
    };
    for (let tile = 0; tile < uniformOf(uniforms, 'tile_count'); tile++) {
      const record = records + (jobs[tile * 2] ?? 0) * 13;
      const job = Array.from({ length: 13 }, (_, word) => jobs[record + word] ?? 0);
      productTile(work, job, jobs[tile * 2 + 1] ?? 0, epilogue);
    }
  },
});

function productTile(
  work: TwinArray,
  job: readonly number[],
  tile: number,
  { alpha, beta, diagonal }: { alpha: number; beta: number; diagonal: number },
): void {
  const [a = 0, b = 0, out = 0, addend = 0, rows = 0, columns = 0, depth = 0] = job;
  const [aRow = 0, aStep = 0, bStep = 0, bColumn = 0, outRow = 0, outColumn = 0] = job.slice(7);
  const across = Math.ceil(columns / TILE);
  const row = Math.floor(tile / across) * TILE;
  const column = (tile % across) * TILE;
  for (let i = row; i < Math.min(row + TILE, rows); i++) {
    for (let j = column; j < Math.min(column + TILE, columns); j++) {
      let sum = 0;
      let aAt = a + i * aRow;
      let bAt = b + j * bColumn;
      for (let k = 0; k < depth; k++) {
        sum += (work[aAt] ?? 0) * (work[bAt] ?? 0);
        aAt += aStep;
        bAt += bStep;
      }
      const place = i * outRow + j * outColumn;
      let value = alpha * sum;
      if (beta !== 0) value += beta * (work[addend + place] ?? 0);
      if (i === j) value += diagonal;
      work[out + place] = value;
    }
  }
}

const NEGLIGIBLE = 1e-7;
/** A row whose norm is below √rows times this is rounding; largest elements are about 1. */
export const RANK_CUT = 2 ** -20;
const PAIRS_PER_GROUP = 64;

/**
 * One round of one-sided Jacobi on the rows of many matrices; how it works stands in the shader.
 * @shape   work f32[…], cosines f32[pairs], active u32[matrices], jobs as `pairTable` makes them
 * @limits  largest element of each matrix in [1, 2)
 * @numeric f32; a rotation keeps the norm of both rows within 3e-7; same bits on repeat
 * @source  Hestenes 1958; Golub & Van Loan, Matrix Computations, §8.6.3 (one-sided Jacobi)
 */
export const jacobiRound = defineKernel({
  name: 'spectral_jacobi',
  wgsl: jacobiWgsl,
  entry: 'by_thread',
  bindings: [...write('work', 'cosines'), ...readU32('active', 'jobs')],
  uniforms: u32('pair_count', 'records', 'round'),
  groups: (uniforms) => linearGroups(uniformOf(uniforms, 'pair_count'), PAIRS_PER_GROUP),
  variants: [
    {
      name: 'workgroup',
      wgsl: () => jacobiWgsl,
      entry: 'by_workgroup',
      groups: (uniforms) => linearGroups(uniformOf(uniforms, 'pair_count'), 1),
      suits: ({ isSoftware }) => !isSoftware,
    },
  ],
  twin: (buffers, uniforms) => {
    const work = arrayOf(buffers, 'work');
    const cosines = arrayOf(buffers, 'cosines');
    const active = arrayOf(buffers, 'active');
    const jobs = arrayOf(buffers, 'jobs');
    const round = uniformOf(uniforms, 'round');
    for (let pair = 0; pair < uniformOf(uniforms, 'pair_count'); pair++) {
      const [record = 0, slot = 0] = [jobs[pair * 2], jobs[pair * 2 + 1]];
      const job = uniformOf(uniforms, 'records') + record * 4;
      const [at = 0, rows = 0, length = 0, stride = 0] = [0, 1, 2, 3].map((w) => jobs[job + w]);
      const last = rows + (rows % 2) - 1;
      if (active[record] === 0 || round >= last) continue;
      const first = slot === 0 ? last : (round + slot) % last;
      const second = (round + last - slot) % last;
      if (Math.max(first, second) >= rows) continue;
      const x = at + Math.min(first, second) * stride;
      const y = at + Math.max(first, second) * stride;
      const cosine = rotate(work, x, y, { rows, length, stride });
      cosines[pair] = Math.max(cosine, round === 0 ? 0 : (cosines[pair] ?? 0));
    }
  },
});

/** Makes the rows at x and y orthogonal; what |cosine| they had. */
function rotate(
  work: TwinArray,
  x: number,
  y: number,
  { rows, length, stride }: { rows: number; length: number; stride: number },
): number {
  const xx = dot(work, x, x, length);
  const yy = dot(work, y, y, length);
  const xy = dot(work, x, y, length);
  if (Math.min(xx, yy) <= RANK_CUT * RANK_CUT * rows) return 0;
  const cosine = Math.abs(xy) / (Math.sqrt(xx) * Math.sqrt(yy));
  if (cosine <= NEGLIGIBLE) return cosine;
  const zeta = (yy - xx) / (2 * xy);
  const t = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
  const c = 1 / Math.sqrt(1 + t * t);
  const s = t * c;
  const tau = s / (1 + c);
  for (let e = 0; e < stride; e++) {
    const a = work[x + e] ?? 0;
    const b = work[y + e] ?? 0;
    work[x + e] = a - s * (b + tau * a);
    work[y + e] = b + s * (a - tau * b);
  }
  return cosine;
}
