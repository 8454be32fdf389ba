import type { DeviceBuffer, Executor, Program, Step } from '../../compute/executor.ts';
import type { MergeContext } from '../method.ts';
import {
  productTable,
  tensorTable,
  vectorTable,
  type DotJob,
  type JobTable,
  type ProductJob,
  type TensorJob,
  type VectorJob,
} from './jobs.ts';
import { matrixProduct } from './matrix-kernels.ts';
import { extractTensors, finishTensors, vectorDots, vectorSteps } from './vector-kernels.ts';

/** α, β and what is added to the diagonal of a product; 1, 0, 0 when absent. */
export interface ProductFactors {
  readonly alpha?: number;
  readonly beta?: number;
  readonly diagonal?: number;
}

/** What a workspace needs of the merge that it belongs to. */
export type Session = Pick<MergeContext, 'executor' | 'run'>;

/**
 * The work buffer of a group of tensors with everything that runs on it. All memory goes back with
 * `release`, so that a merge of many tensors needs no more than its largest group.
 */
export class Workspace {
  readonly work: DeviceBuffer;
  readonly executor: Executor;
  private readonly session: Session;
  private readonly buffers: DeviceBuffer[] = [];
  private readonly programs: Program[] = [];

  /** @param length zeroed f32 of the work buffer */
  constructor(session: Session, length: number) {
    this.session = session;
    this.executor = session.executor;
    this.work = this.buffer('matrices', 'f32', length);
  }

  release(): void {
    for (const program of this.programs) program.destroy();
    for (const buffer of this.buffers) this.executor.free(buffer);
    this.programs.length = 0;
    this.buffers.length = 0;
  }

  buffer(label: string, type: 'f32' | 'u32', length: number): DeviceBuffer {
    // WebGPU cannot bind 0 bytes.
    const buffer = this.executor.allocate(`merge ${label}`, type, Math.max(1, length));
    this.buffers.push(buffer);
    return buffer;
  }

  upload(label: string, words: Uint32Array): DeviceBuffer {
    const buffer = this.buffer(label, 'u32', words.length);
    if (words.length > 0) this.executor.write(buffer, words);
    return buffer;
  }

  async prepare(steps: readonly Step[]): Promise<Program> {
    const program = await this.executor.prepare('merge matrices', steps);
    this.programs.push(program);
    return program;
  }

  async run(...steps: readonly (readonly Step[])[]): Promise<void> {
    const all = steps.flat();
    if (all.length > 0) this.executor.run(await this.prepare(all));
  }

  /** @errors aborted, as between two programs of any other method */
  async checkAborted(): Promise<void> {
    await this.session.run([]);
  }

  /** work (+)= factor · (model − base), or without a base: factor · model. */
  extract(
    model: DeviceBuffer,
    base: DeviceBuffer | null,
    jobs: readonly TensorJob[],
    accumulate = false,
  ): Step[] {
    return this.step(tensorTable(jobs), (bind, uniforms) => ({
      kernel: extractTensors,
      bind: { ...bind, model, base: base ?? model },
      uniforms: { ...uniforms, relative: base === null ? 0 : 1, accumulate: accumulate ? 1 : 0 },
    }));
  }

  /** result = base + factor · work; without a base factor · work. */
  finish(result: DeviceBuffer, base: DeviceBuffer | null, jobs: readonly TensorJob[]): Step[] {
    return this.step(tensorTable(jobs), (bind, uniforms) => ({
      kernel: finishTensors,
      // Something has to be bound where there is no base; it is not read then.
      bind: { ...bind, result, base: base ?? this.work },
      uniforms: { ...uniforms, relative: base === null ? 0 : 1 },
    }));
  }

  vectors(jobs: readonly VectorJob[], accumulate = false): Step[] {
    return this.step(vectorTable(jobs), (bind, uniforms) => ({
      kernel: vectorSteps,
      bind,
      uniforms: { ...uniforms, accumulate: accumulate ? 1 : 0 },
    }));
  }

  products(jobs: readonly ProductJob[], factors: ProductFactors = {}): Step[] {
    const { alpha = 1, beta = 0, diagonal = 0 } = factors;
    const table = productTable(jobs);
    return this.step(table, (bind, { block_count, records }) => ({
      kernel: matrixProduct,
      bind,
      uniforms: { tile_count: block_count, records, alpha, beta, diagonal },
    }));
  }

  /** Dot products, read back; sums over them are the caller's, in float64. */
  dots(jobs: readonly DotJob[]): Promise<Float32Array> {
    return this.sums(jobs, 0);
  }

  /** Largest magnitude of each vector `a`, read back. */
  magnitudes(jobs: readonly Omit<DotJob, 'b'>[]): Promise<Float32Array> {
    return this.sums(
      jobs.map((job) => ({ ...job, b: job.a })),
      1,
    );
  }

  private async sums(jobs: readonly DotJob[], mode: 0 | 1): Promise<Float32Array> {
    if (jobs.length === 0) return new Float32Array(0);
    const words = new Uint32Array(jobs.length * 3);
    jobs.forEach(({ a, b, length }, job) => {
      words.set([a, b, length], job * 3);
    });
    const sums = this.buffer('sums', 'f32', jobs.length);
    const bind = { sums, work: this.work, jobs: this.upload('vectors', words) };
    await this.run([{ kernel: vectorDots, bind, uniforms: { count: jobs.length, mode } }]);
    return this.executor.readFloats(sums);
  }

  private step(
    { words, parts, records }: JobTable,
    make: (
      bind: { readonly work: DeviceBuffer; readonly jobs: DeviceBuffer },
      uniforms: { readonly block_count: number; readonly records: number },
    ) => Step,
  ): Step[] {
    if (parts === 0) return [];
    const jobs = this.upload('jobs', words);
    return [make({ work: this.work, jobs }, { block_count: parts, records })];
  }
}
