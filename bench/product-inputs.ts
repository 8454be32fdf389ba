import { RandomStream } from '../src/core/rng.ts';
import type { emitMatmul } from '../src/nn/ops/matmul.ts';
import type { MatmulWorkload } from './workload.ts';

export type MatmulLayout = Parameters<typeof emitMatmul>[1];

/** Entries of a product that are checked against float64. */
const SAMPLES = 64;

/**
 * Random factors that differ from round to round, and the check of their product. Fresh numbers come
 * from moving a window over a longer random array: drawing 16 M normals takes longer than the product.
 */
export class ProductInputs {
  a: Float32Array<ArrayBuffer>;
  b: Float32Array<ArrayBuffer>;
  private readonly sizes: MatmulWorkload;
  private readonly layout: MatmulLayout;
  private readonly pool: Float32Array<ArrayBuffer>;

  constructor(sizes: MatmulWorkload, layout: MatmulLayout) {
    this.sizes = sizes;
    this.layout = layout;
    const random = new RandomStream(1, 'bench product');
    this.pool = Float32Array.from({ length: 65_537 }, () => random.nextNormal());
    this.a = new Float32Array(sizes.M * sizes.K);
    this.b = new Float32Array(sizes.K * sizes.N);
    this.refresh(0);
  }

  refresh(round: number): void {
    this.fillFrom(this.a, 2 * round);
    this.fillFrom(this.b, 2 * round + 1);
  }

  /** @throws Error when sampled entries are not the product; NaN is not */
  check(out: ArrayLike<number>): void {
    const { M, N, K } = this.sizes;
    const random = new RandomStream(2, 'bench samples');
    for (let sample = 0; sample < SAMPLES; sample++) {
      const row = sample === 0 ? M - 1 : random.nextInt(M);
      const column = sample === 0 ? N - 1 : random.nextInt(N);
      let sum = 0;
      for (let k = 0; k < K; k++) sum += this.aAt(row, k) * this.bAt(k, column);
      const got = out[row * N + column] ?? Number.NaN;
      if (!(Math.abs(got - sum) <= 1e-5 * Math.sqrt(K) + 1e-4 * Math.abs(sum))) {
        throw new Error(`wrong product: ${got} at [${row}, ${column}], float64 gives ${sum}`);
      }
    }
  }

  private aAt(row: number, k: number): number {
    const { M, K } = this.sizes;
    return this.a[this.layout === 'tn' ? k * M + row : row * K + k] ?? Number.NaN;
  }

  private bAt(k: number, column: number): number {
    const { N, K } = this.sizes;
    return this.b[this.layout === 'nt' ? column * K + k : k * N + column] ?? Number.NaN;
  }

  /** The pool's length is prime: a period never lines up with a row. */
  private fillFrom(target: Float32Array, round: number): void {
    const { pool } = this;
    const shift = (round * 7919) % pool.length;
    for (let start = 0, from = shift; start < target.length; from = 0) {
      const part = pool.subarray(from, from + target.length - start);
      target.set(part, start);
      start += part.length;
    }
  }
}
