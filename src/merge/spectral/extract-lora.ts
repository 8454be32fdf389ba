import type { Executor } from '../../compute/executor.ts';
import type { ParameterLayout } from '../../core/layout.ts';
import { rowMajor, type TensorJob, type VectorJob } from './jobs.ts';
import { withSession, type OwnSession } from './session.ts';
import {
  decompose,
  longVector,
  rowMatrix,
  rowMatrixSize,
  shortVector,
  unitFactor,
  type Spectrum,
} from './svd.ts';
import { eachGroup, matrixTensors, tensorJob, type MatrixTensor } from './tensors.ts';

export interface LoraOptions {
  /** Largest rank of a pair; mergekit's default is 128. */
  readonly maxRank: number;
  /** Singular values up to this are dropped; 0 drops none. */
  readonly svEpsilon: number;
  /** √S on both factors, else S on A alone. */
  readonly distributeScale: boolean;
}

/** model − base ≈ B A of one 2-D tensor [m, p]. */
export interface LoraPair {
  readonly rank: number;
  /** f32[m, rank] */
  readonly b: Float32Array<ArrayBuffer>;
  /** f32[rank, p] */
  readonly a: Float32Array<ArrayBuffer>;
  /** All min(m, p) singular values, descending; the chart of what a rank keeps. */
  readonly singularValues: readonly number[];
}

interface Plan {
  readonly matrix: ReturnType<typeof rowMatrix>;
  /** Kept singular vectors, one a row: of the short and of the long side. */
  readonly short: number;
  readonly long: number;
}

/**
 * Low-rank pairs of the difference of two models, one for every 2-D tensor: the largest singular
 * triplets, rank = min(max rank, m, p, number of σ > ε). With ε = 0 the rank does not depend on the
 * values; rows of triplets below the rank cut of `decompose` are 0.
 * Cost: one decomposition a tensor.
 * @param   base, model f32[layout.length]
 * @numeric |B A − f64| <= 3e-6 + 1e-4 |B A| for deltas of size about 0.1
 * @errors  layout-mismatch, non-finite, aborted, and the executor's
 * @source  mergekit 0.1.4 extract_lora
 */
export function extractLora(
  executor: Executor,
  layout: ParameterLayout,
  { base, model }: { readonly base: Float32Array; readonly model: Float32Array },
  options: LoraOptions,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, LoraPair>> {
  const extract = async (session: OwnSession) => {
    const pairs = new Map<string, LoraPair>();
    const plan = ({ rows, length }: MatrixTensor, take: (size: number) => number): Plan => ({
      matrix: rowMatrix(take(rowMatrixSize(rows, length)), rows, length),
      short: take(rows * rows),
      long: take(rows * length),
    });
    const tensors = matrixTensors({ layout });
    await eachGroup(session, tensors, plan, async (workspace, group, plans) => {
      const jobs = group.flatMap((tensor, index) => {
        const matrix = plans[index]?.matrix;
        return matrix === undefined ? [] : [tensorJob(tensor, rowMajor(matrix.at, matrix.stride))];
      });
      await workspace.run(
        session.models.flatMap((buffer) => workspace.extract(buffer, session.base, jobs)),
      );
      const spectra = await decompose(
        workspace,
        plans.map(({ matrix }) => matrix),
      );
      let length = 0;
      const parts = group.flatMap((tensor, index) => {
        const [own, spectrum] = [plans[index], spectra[index]];
        if (own === undefined || spectrum === undefined) return [];
        const rank = rankOf(spectrum, options);
        const [m = 0, p = 0] = tensor.entry.shape;
        const bAt = length;
        const aAt = bAt + m * rank;
        length = aAt + rank * p;
        return [{ tensor, own, spectrum, rank, m, p, bAt, aAt }];
      });
      const result = workspace.buffer('low-rank pairs', 'f32', length);
      const factors = parts.flatMap(({ tensor, own, rank, m, p, bAt, aAt }) => {
        const [left, right] = tensor.isTall ? [own.long, own.short] : [own.short, own.long];
        const b = { arena: bAt, work: left, size: m * rank, columns: rank };
        const a = { arena: aAt, work: right, size: rank * p, columns: p };
        return [
          { ...b, rowStride: 1, columnStride: m, factor: 1 },
          { ...a, rowStride: p, columnStride: 1, factor: 1 },
        ] satisfies TensorJob[];
      });
      await workspace.run(
        workspace.vectors(
          parts.flatMap(({ tensor, own, spectrum, rank }) =>
            factorRows(tensor, own, spectrum, { rank, isEven: options.distributeScale }),
          ),
        ),
        workspace.finish(result, null, factors),
      );
      const values = await workspace.executor.readFloats(result);
      for (const { tensor, spectrum, rank, m, p, bAt, aAt } of parts) {
        pairs.set(tensor.entry.name, {
          rank,
          b: values.slice(bAt, bAt + m * rank),
          a: values.slice(aAt, aAt + rank * p),
          singularValues: spectrum.sigma,
        });
      }
    });
    return pairs;
  };
  return withSession(executor, layout, { base, models: [model] }, extract, signal);
}

function rankOf({ sigma }: Spectrum, { maxRank, svEpsilon }: LoraOptions): number {
  const above = svEpsilon > 0 ? sigma.filter((value) => value > svEpsilon).length : sigma.length;
  return Math.min(maxRank, above);
}

/** Singular vectors with their share of σ: half of its root on both sides, or all on the right. */
function factorRows(
  { isTall }: MatrixTensor,
  { short, long }: Plan,
  spectrum: Spectrum,
  { rank, isEven }: { rank: number; isEven: boolean },
): VectorJob[] {
  const { rows, length } = spectrum.matrix;
  return Array.from({ length: rank }, (_, j) => {
    const sigma = spectrum.sigma[j] ?? 0;
    const [left, right] = isEven ? [Math.sqrt(sigma), Math.sqrt(sigma)] : [1, sigma];
    const [onShort, onLong] = isTall ? [right, left] : [left, right];
    const unit = unitFactor(spectrum, j);
    const toShort = { from: shortVector(spectrum, j), to: short + j * rows, length: rows };
    const toLong = { from: longVector(spectrum, j), to: long + j * length, length };
    return [
      { ...toShort, factor: unit === 0 ? 0 : onShort },
      { ...toLong, factor: unit * onLong },
    ];
  }).flat();
}
