import { RandomStream } from '../../../src/core/rng.ts';
import { NOT_FINITE, SAMPLE_KERNELS, SAMPLE_TOLERANCE } from '../../../src/nn/ops/sample.ts';
import type { KernelCase } from './check-kernel.ts';

const BLOCK = 256;
const STOP = 3;
const MAX_TOKENS = 4;

interface Sizes {
  readonly rows: number;
  readonly drawsPerRow: number;
  readonly columns: number;
  /** Blocks of the vocabulary before these columns, and after them. */
  readonly before?: number;
  readonly after?: number;
  readonly step?: number;
  /** 1 / temperature. */
  readonly inverse?: number;
  readonly factor?: number;
  readonly fill?: 'equal' | 'not finite';
}

function sampleCases(sizes: Sizes): KernelCase[] {
  const { rows, drawsPerRow, columns, before = 0, after = 0, step = 0, inverse = 1.25 } = sizes;
  const { factor = 2, fill } = sizes;
  const random = new RandomStream(17, 'sample');
  const draws = rows * drawsPerRow;
  const own = Math.ceil(columns / BLOCK);
  const blocks = before + own + after;
  const logits = Float32Array.from({ length: rows * columns }, () =>
    fill === 'equal' ? 0.75 : factor * random.nextNormal(),
  );
  if (fill === 'not finite') logits[Math.floor(columns / 2)] = NaN;
  if (fill === 'not finite') logits[columns + 1] = Infinity;
  if (fill === 'not finite') logits[columns + 299] = -Infinity;
  const tokens = (length: number) =>
    Uint32Array.from({ length }, () => random.nextInt(blocks * BLOCK));
  const data = {
    partial: Float32Array.from({ length: 2 * draws * blocks }, (_, i) =>
      i % 2 === 0 ? factor * random.nextNormal() : 256 * random.nextUniform(),
    ),
    candidates: tokens(draws * blocks),
    tokens: tokens(draws),
    places: tokens(draws),
    // Some draws have stopped or failed at the step before.
    sampled: Uint32Array.from({ length: draws * MAX_TOKENS }, (_, i) =>
      i % 7 === 0 ? STOP : i % 11 === 0 ? NOT_FINITE : 9,
    ),
    logits,
    keys: Uint32Array.from({ length: 2 * draws }, () => random.nextBits()),
    lengths: Uint32Array.from({ length: rows }, (_, row) => 3 + row),
  };
  if (fill === 'not finite') data.partial[1] = -1;
  if (fill === 'equal') data.partial.forEach((_, i) => (data.partial[i] = i % 2 === 0 ? 0.75 : 4));
  const uniforms = {
    ...{ draws, draws_per_row: drawsPerRow, draws_per_user: drawsPerRow, columns },
    ...{
      first: before * BLOCK + 7,
      first_block: before,
      blocks,
      step,
      max_tokens: MAX_TOKENS,
      stop: STOP,
    },
    inverse_temperature: inverse,
  };
  const rest = fill === undefined ? '' : `, ${fill}`;
  return SAMPLE_KERNELS.map((kernel) => ({
    name:
      `${kernel.name} ${String(rows)} x ${String(drawsPerRow)} of ${String(columns)} columns, ` +
      `${String(blocks)} blocks, step ${String(step)}, 1/T ${String(inverse)}${rest}`,
    kernel,
    data,
    uniforms,
    tolerance: SAMPLE_TOLERANCE,
  }));
}

export const SAMPLE_CASES: readonly KernelCase[] = [
  { rows: 1, drawsPerRow: 1, columns: 1 },
  { rows: 3, drawsPerRow: 5, columns: 255 },
  { rows: 2, drawsPerRow: 33, columns: 256, step: 2 },
  { rows: 70, drawsPerRow: 1, columns: 257, step: 3 },
  { rows: 2, drawsPerRow: 3, columns: 1023, before: 4, after: 1 },
  { rows: 4, drawsPerRow: 2, columns: 600, inverse: 20, factor: 9 },
  { rows: 5, drawsPerRow: 2, columns: 600, inverse: 0, step: 1 },
  { rows: 2, drawsPerRow: 2, columns: 300, inverse: 0, fill: 'equal' as const },
  { rows: 2, drawsPerRow: 4, columns: 300, fill: 'equal' as const },
  { rows: 2, drawsPerRow: 2, columns: 300, fill: 'not finite' as const },
].flatMap(sampleCases);
